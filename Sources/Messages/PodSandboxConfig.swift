import CProto

/// What a kubelet wants of a pod, in the parts that a shim can give.
///
/// containerd passes it on as the options of a ``CreateSandboxRequest``.
package struct PodSandboxConfig: CMessage {
    package static let fullName = "runtime.v1.PodSandboxConfig"
    static var cInit: CInit<Runtime__V1__PodSandboxConfig> { runtime__v1__pod_sandbox_config__init }

    package var metadata: PodSandboxMetadata?
    /// Empty for a pod in the host's network, which has the host's name.
    package var hostname = ""
    package var logDirectory = ""
    /// None means the host's.
    package var dnsConfig: DNSConfig?
    /// The pod's own: whoever may make pods writes them.
    package var annotations: [String: String] = [:]
    package var linux: LinuxPodSandboxConfig?

    package init() {}

    package init(
        metadata: PodSandboxMetadata? = nil, hostname: String = "", logDirectory: String = "",
        dnsConfig: DNSConfig? = nil, annotations: [String: String] = [:],
        linux: LinuxPodSandboxConfig? = nil
    ) {
        self.metadata = metadata
        self.hostname = hostname
        self.logDirectory = logDirectory
        self.dnsConfig = dnsConfig
        self.annotations = annotations
        self.linux = linux
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Runtime__V1__PodSandboxConfig) {
        codec.field(&metadata, &c.metadata)
        codec.field(&hostname, &c.hostname)
        codec.field(&logDirectory, &c.log_directory)
        codec.field(&dnsConfig, &c.dns_config)
        codec.field(&annotations, &c.n_annotations, &c.annotations)
        codec.field(&linux, &c.on_linux)
    }
}

/// What a pod is called.
package struct PodSandboxMetadata: CMessage {
    package static let fullName = "runtime.v1.PodSandboxMetadata"
    static var cInit: CInit<Runtime__V1__PodSandboxMetadata> { runtime__v1__pod_sandbox_metadata__init }

    package var name = ""
    package var uid = ""
    /// Kubernetes' namespace.
    package var namespace = ""
    package var attempt: UInt32 = 0

    package init() {}

    package init(name: String = "", uid: String = "", namespace: String = "", attempt: UInt32 = 0) {
        self.name = name
        self.uid = uid
        self.namespace = namespace
        self.attempt = attempt
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Runtime__V1__PodSandboxMetadata) {
        codec.field(&name, &c.name)
        codec.field(&uid, &c.uid)
        codec.field(&namespace, &c.namespace_)
        codec.field(&attempt, &c.attempt)
    }
}

/// How the containers of a pod resolve names: the lines of their resolv.conf.
package struct DNSConfig: CMessage {
    package static let fullName = "runtime.v1.DNSConfig"
    static var cInit: CInit<Runtime__V1__DNSConfig> { runtime__v1__dnsconfig__init }

    package var servers: [String] = []
    package var searches: [String] = []
    package var options: [String] = []

    package init() {}

    package init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.servers = servers
        self.searches = searches
        self.options = options
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Runtime__V1__DNSConfig) {
        codec.field(&servers, &c.n_servers, &c.servers)
        codec.field(&searches, &c.n_searches, &c.searches)
        codec.field(&options, &c.n_options, &c.options)
    }
}

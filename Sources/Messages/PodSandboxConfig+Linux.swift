import CProto

/// What a pod wants of a Linux host.
package struct LinuxPodSandboxConfig: CMessage {
    package static let fullName = "runtime.v1.LinuxPodSandboxConfig"
    static var cInit: CInit<Runtime__V1__LinuxPodSandboxConfig> {
        runtime__v1__linux_pod_sandbox_config__init
    }

    /// The cgroup in which those of the pod are to be made.
    package var cgroupParent = ""
    package var securityContext: LinuxSandboxSecurityContext?
    package var sysctls: [String: String] = [:]
    /// What the sandbox itself needs, in addition to `resources`.
    package var overhead: LinuxContainerResources?
    /// The sum over the pod's containers, as far as it is known.
    package var resources: LinuxContainerResources?

    package init() {}

    package init(
        cgroupParent: String = "", securityContext: LinuxSandboxSecurityContext? = nil,
        sysctls: [String: String] = [:], overhead: LinuxContainerResources? = nil,
        resources: LinuxContainerResources? = nil
    ) {
        self.cgroupParent = cgroupParent
        self.securityContext = securityContext
        self.sysctls = sysctls
        self.overhead = overhead
        self.resources = resources
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Runtime__V1__LinuxPodSandboxConfig
    ) {
        codec.field(&cgroupParent, &c.cgroup_parent)
        codec.field(&securityContext, &c.security_context)
        codec.field(&sysctls, &c.n_sysctls, &c.sysctls)
        codec.field(&overhead, &c.overhead)
        codec.field(&resources, &c.resources)
    }
}

/// How a pod is kept apart from others.
package struct LinuxSandboxSecurityContext: CMessage {
    package static let fullName = "runtime.v1.LinuxSandboxSecurityContext"
    static var cInit: CInit<Runtime__V1__LinuxSandboxSecurityContext> {
        runtime__v1__linux_sandbox_security_context__init
    }

    package var namespaceOptions: NamespaceOption?

    package init() {}

    package init(namespaceOptions: NamespaceOption? = nil) { self.namespaceOptions = namespaceOptions }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Runtime__V1__LinuxSandboxSecurityContext
    ) {
        codec.field(&namespaceOptions, &c.namespace_options)
    }
}

/// Whose namespace a pod or a container is in: `runtime.v1.NamespaceMode`.
package enum NamespaceMode: Int32, Sendable, CaseIterable, WireEnum {
    case pod = 0
    case container = 1
    /// The host's.
    case node = 2
    case target = 3

    init(wireValue: Int32) { self = NamespaceMode(rawValue: wireValue) ?? .pod }

    var wireValue: Int32 { rawValue }
}

/// The namespaces of a pod.
package struct NamespaceOption: CMessage {
    package static let fullName = "runtime.v1.NamespaceOption"
    static var cInit: CInit<Runtime__V1__NamespaceOption> { runtime__v1__namespace_option__init }

    package var network = NamespaceMode.pod
    package var pid = NamespaceMode.pod
    package var ipc = NamespaceMode.pod
    package var usernsOptions: UserNamespace?

    package init() {}

    package init(
        network: NamespaceMode = .pod, pid: NamespaceMode = .pod, ipc: NamespaceMode = .pod,
        usernsOptions: UserNamespace? = nil
    ) {
        self.network = network
        self.pid = pid
        self.ipc = ipc
        self.usernsOptions = usernsOptions
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Runtime__V1__NamespaceOption) {
        codec.field(&network, &c.network)
        codec.field(&pid, &c.pid)
        codec.field(&ipc, &c.ipc)
        codec.field(&usernsOptions, &c.userns_options)
    }
}

/// Whether a pod has a user namespace of its own.
package struct UserNamespace: CMessage {
    package static let fullName = "runtime.v1.UserNamespace"
    static var cInit: CInit<Runtime__V1__UserNamespace> { runtime__v1__user_namespace__init }

    package var mode = NamespaceMode.pod

    package init() {}

    package init(mode: NamespaceMode) { self.mode = mode }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Runtime__V1__UserNamespace) {
        codec.field(&mode, &c.mode)
    }
}

/// Limits; zero is none.
package struct LinuxContainerResources: CMessage {
    package static let fullName = "runtime.v1.LinuxContainerResources"
    static var cInit: CInit<Runtime__V1__LinuxContainerResources> {
        runtime__v1__linux_container_resources__init
    }

    /// Microseconds.
    package var cpuPeriod: Int64 = 0
    /// Microseconds in each period.
    package var cpuQuota: Int64 = 0
    package var cpuShares: Int64 = 0
    package var memoryLimitInBytes: Int64 = 0

    package init() {}

    package init(
        cpuPeriod: Int64 = 0, cpuQuota: Int64 = 0, cpuShares: Int64 = 0, memoryLimitInBytes: Int64 = 0
    ) {
        self.cpuPeriod = cpuPeriod
        self.cpuQuota = cpuQuota
        self.cpuShares = cpuShares
        self.memoryLimitInBytes = memoryLimitInBytes
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Runtime__V1__LinuxContainerResources
    ) {
        codec.field(&cpuPeriod, &c.cpu_period)
        codec.field(&cpuQuota, &c.cpu_quota)
        codec.field(&cpuShares, &c.cpu_shares)
        codec.field(&memoryLimitInBytes, &c.memory_limit_in_bytes)
    }
}

extension Runtime__V1__PodSandboxConfig__AnnotationsEntry: CMapEntry {
    static var cInit: CInit<Self> { runtime__v1__pod_sandbox_config__annotations_entry__init }
}

extension Runtime__V1__LinuxPodSandboxConfig__SysctlsEntry: CMapEntry {
    static var cInit: CInit<Self> { runtime__v1__linux_pod_sandbox_config__sysctls_entry__init }
}

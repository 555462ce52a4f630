internal import Messages
internal import OCI
internal import Proc
internal import Runtime
internal import Sys

/// What a pod's root container is to be, from what the kubelet wants of the pod.
struct PodSpec {
    /// The root file system of the root container in the bundle, and its only program.
    static let root = "root"
    static let program = "/pause"

    private let request: CreateSandboxRequest
    private let config: PodSandboxConfig
    private let sharedMemory: String
    private var linux: LinuxPodSandboxConfig { config.linux ?? LinuxPodSandboxConfig() }
    private var namespaces: NamespaceOption {
        linux.securityContext?.namespaceOptions ?? NamespaceOption()
    }

    /// - Throws: `ProcessError` for a pod with a user namespace of its own.
    init(_ request: CreateSandboxRequest, _ config: PodSandboxConfig, sharedMemory: String)
        throws(ProcessError)
    {
        self.request = request
        self.config = config
        self.sharedMemory = sharedMemory
        if namespaces.usernsOptions?.mode == .pod {
            throw ProcessError(
                .unsupported, "sandbox \(request.sandboxID): a user namespace of the pod is not supported")
        }
    }

    /// The config.json.
    ///
    /// - Parameter base: What the client of containerd has given for one; a kubelet gives none.
    func document(over base: JSONValue?) throws(ProcessError) -> JSONValue {
        var document = base ?? ["ociVersion": "1.1.0", "linux": linuxSection]
        if request.rootfs.isEmpty {
            document["root"] = ["path": .string(Self.root), "readonly": true]
            document["process"] = [
                "user": ["uid": 0, "gid": 0], "args": [.string(Self.program)], "cwd": "/",
                "noNewPrivileges": true,
            ]
            document["mounts"] = [["destination": "/proc", "type": "proc", "source": "proc"]]
        }
        // In the host's network a pod has the host's name.
        if !config.hostname.isEmpty, !isInHostNetwork { document["hostname"] = .string(config.hostname) }
        let given = document["annotations"]?.object ?? [:]
        document["annotations"] = .object(given.merging(annotations) { _, own in own })
        return document
    }

    private var isInHostNetwork: Bool { namespaces.network == .node }

    private var linuxSection: JSONValue {
        var kinds: [JSONValue] = [["type": "mount"]]
        if namespaces.pid != .node { kinds.append(["type": "pid"]) }
        if namespaces.ipc != .node { kinds.append(["type": "ipc"]) }
        if !isInHostNetwork {
            kinds.append(["type": "uts"])
            // Without a path the pod is alone in its network.
            var network: JSONValue = ["type": "network"]
            if !request.netnsPath.isEmpty { network["path"] = .string(request.netnsPath) }
            kinds.append(network)
        }
        var section: JSONValue = ["namespaces": .array(kinds), "resources": resources]
        if !linux.sysctls.isEmpty { section["sysctl"] = JSONValue(linux.sysctls) }
        if !linux.cgroupParent.isEmpty { section["cgroupsPath"] = .string(cgroupsPath) }
        return section
    }

    /// In the two forms that runtimes know: systemd's for a slice, a path for all else.
    private var cgroupsPath: String {
        let name = Path.split(linux.cgroupParent).last
        return name.hasSuffix(".slice")
            ? "\(name):cri-containerd:\(request.sandboxID)"
            : Path.absolute(request.sandboxID, in: linux.cgroupParent)
    }

    /// The limits of all containers together, and what the sandbox needs besides; a limit that is not known is none.
    private var resources: JSONValue {
        let containers = linux.resources ?? LinuxContainerResources()
        let overhead = linux.overhead ?? LinuxContainerResources()
        func sum(_ limit: Int64, _ extra: Int64) -> JSONValue? {
            guard limit > 0 else { return nil }
            let (total, overflow) = limit.addingReportingOverflow(max(extra, 0))
            return JSONValue(overflow ? .max : total)
        }
        var resources: JSONValue = [:]
        resources[["memory", "limit"]] = sum(containers.memoryLimitInBytes, overhead.memoryLimitInBytes)
        resources[["cpu", "shares"]] = sum(containers.cpuShares, overhead.cpuShares)
        if containers.cpuPeriod > 0 {
            // Quotas of another period than the containers' are no sum.
            let extra = overhead.cpuPeriod == containers.cpuPeriod ? overhead.cpuQuota : 0
            resources[["cpu", "quota"]] = sum(containers.cpuQuota, extra)
            resources[["cpu", "period"]] = JSONValue(containers.cpuPeriod)
        }
        return resources
    }

    /// What containerd's own sandboxer writes, and the hint by which the Sentry has one /dev/shm for the pod.
    ///
    /// Of the pod's own annotations only those for gVisor matter to it.
    private var annotations: [String: JSONValue] {
        let metadata = config.metadata ?? PodSandboxMetadata()
        let hint = Annotations.Key.mountPrefix + "pod-shm."
        var annotations = config.annotations.filter { $0.key.hasPrefix(Annotations.Key.gVisorPrefix) }
        annotations.merge(request.annotations) { _, given in given }
        annotations.merge([
            Annotations.Key.containerType: "sandbox",
            Annotations.Key.sandboxID: request.sandboxID,
            hint + "source": sharedMemory, hint + "type": "tmpfs", hint + "share": "pod",
            hint + "options": "rw,size=65536k",
        ]) { _, own in own }
        for (key, value) in [
            (Annotations.Key.sandboxName, metadata.name),
            (Annotations.Key.sandboxNamespace, metadata.namespace),
            (Annotations.Key.sandboxUID, metadata.uid),
            (Annotations.Key.sandboxLogDirectory, config.logDirectory),
        ] where !value.isEmpty {
            annotations[key] = value
        }
        return annotations.mapValues(JSONValue.string)
    }
}

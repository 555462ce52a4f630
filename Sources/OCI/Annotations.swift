/// The annotations of a spec that mean something to the shim, read by name.
package struct Annotations: Sendable, Equatable {
    /// All of them, as they stand in the spec.
    package let all: [String: String]

    /// Wraps the annotations of a spec.
    package init(_ all: [String: String]) { self.all = all }

    /// The keys of the Kubernetes CRI plug-in of containerd and of CRI-O.
    package enum Key {
        package static let containerType = "io.kubernetes.cri.container-type"
        package static let sandboxID = "io.kubernetes.cri.sandbox-id"
        package static let containerName = "io.kubernetes.cri.container-name"
        package static let sandboxName = "io.kubernetes.cri.sandbox-name"
        package static let sandboxNamespace = "io.kubernetes.cri.sandbox-namespace"
        package static let sandboxUID = "io.kubernetes.cri.sandbox-uid"
        package static let sandboxLogDirectory = "io.kubernetes.cri.sandbox-log-directory"
        package static let sandboxCPUQuota = "io.kubernetes.cri.sandbox-cpu-quota"
        package static let sandboxCPUPeriod = "io.kubernetes.cri.sandbox-cpu-period"
        package static let sandboxCPUShares = "io.kubernetes.cri.sandbox-cpu-shares"
        package static let sandboxMemory = "io.kubernetes.cri.sandbox-memory"
        package static let crioContainerType = "io.kubernetes.cri-o.ContainerType"
        package static let crioSandboxID = "io.kubernetes.cri-o.SandboxID"
        package static let crioResources = "pod-linux-resources.crio.io"
        /// The group label that containerd's runc shim honours.
        package static let group = "io.containerd.runc.v2.group"
        package static let gVisorPrefix = "dev.gvisor."
        package static let flagPrefix = "dev.gvisor.flag."
        package static let bundlePrefix = "dev.gvisor.bundle."
        package static let mountPrefix = "dev.gvisor.spec.mount."
        package static let rootfsPrefix = "dev.gvisor.spec.rootfs."
        package static let cgroupParent = "dev.gvisor.spec.cgroup-parent"
    }

    /// The value of a key; nil when absent.
    package subscript(key: String) -> String? { all[key] }
}

/// Whether a container brings its own sandbox or joins one.
package enum ContainerRole: Sendable, Equatable {
    /// The first container of a sandbox, whose id is the sandbox's.
    case sandbox
    /// A further container of the sandbox with this id.
    case container(sandboxID: String)
}

extension Annotations {
    /// What the annotations say about the container's place; without any it has a sandbox of its own.
    ///
    /// containerd's key wins over CRI-O's, as in gVisor.
    /// - Throws: `SpecError.invalid` for a type of another name, or a container without its sandbox's id.
    package func containerRole() throws(SpecError) -> ContainerRole {
        for key in [Key.containerType, Key.crioContainerType] {
            guard let type = all[key] else { continue }
            switch type {
            case "sandbox":
                return .sandbox
            case "container":
                guard let id = all[Key.sandboxID] ?? all[Key.crioSandboxID], !id.isEmpty else {
                    throw .invalid(
                        path: "config.json: annotations.\(key)",
                        reason: "\"container\" without a sandbox id (\(Key.sandboxID))")
                }
                return .container(sandboxID: id)
            default:
                throw .invalid(
                    path: "config.json: annotations.\(key)",
                    reason: "unknown container type \"\(type)\"")
            }
        }
        return .sandbox
    }

    /// Whether the container is the first one of a pod.
    package var isOfPodSandbox: Bool {
        all[Key.containerType] == "sandbox" || all[Key.crioContainerType] == "sandbox"
    }

    /// Whether it was CRI-O that wrote the spec.
    package var isOfCRIO: Bool { all[Key.crioContainerType] != nil }

    /// The name of the container in its pod.
    package var containerName: String? { all[Key.containerName] }

    /// Flags of runsc asked for by annotation, by name without dashes.
    ///
    /// They are requests: runsc takes one only if its configuration allows overriding.
    package var flags: [String: String] { members(of: Key.flagPrefix) }

    /// Bundles of flags asked for by annotation, by name.
    package var flagBundles: [String: String] { members(of: Key.bundlePrefix) }

    /// The hints about volumes, by volume name and then by field (`source`, `type`, `share`, `options`).
    ///
    /// Keys that have no field after the name are left out.
    package var mountHints: [String: [String: String]] {
        var hints: [String: [String: String]] = [:]
        for (rest, value) in members(of: Key.mountPrefix) {
            // A volume name may have dots (a DNS subdomain), a field has none.
            guard let dot = rest.lastIndex(of: "."), dot != rest.startIndex else { continue }
            hints[String(rest[..<dot]), default: [:]][String(rest[rest.index(after: dot)...])] = value
        }
        return hints
    }

    /// Resources of the whole pod that the CRI plug-in, or CRI-O, puts on the sandbox container; nil if it gave none.
    ///
    /// Zero means "not set" to either and is left out.
    /// - Throws: `SpecError.invalid` for a value that is no whole number.
    package func sandboxResources() throws(SpecError) -> Spec.LinuxResources? {
        let crio = try crioResources()
        let quota: Int64? = try number(Key.sandboxCPUQuota) ?? crio("cpu_quota")
        let period: UInt64? =
            try number(Key.sandboxCPUPeriod) ?? crio("cpu_period").flatMap { UInt64(exactly: $0) }
        let shares: UInt64? =
            try number(Key.sandboxCPUShares) ?? crio("cpu_shares").flatMap { UInt64(exactly: $0) }
        let memory: Int64? = try number(Key.sandboxMemory) ?? crio("memory_limit_in_bytes")
        guard quota != nil || period != nil || shares != nil || memory != nil else { return nil }
        var resources = Spec.LinuxResources()
        if quota != nil || period != nil || shares != nil {
            resources.cpu = Spec.LinuxResources.CPU(
                shares: shares, quota: quota, period: period, cpus: "", mems: "")
        }
        if memory != nil { resources.memory = Spec.LinuxResources.Memory(limit: memory) }
        return resources
    }

    /// A pod's resources as CRI-O has them, in the JSON of the kubelet's message; by name, without those that are zero.
    private func crioResources() throws(SpecError) -> (String) -> Int64? {
        guard isOfCRIO, let text = all[Key.crioResources], !text.isEmpty else { return { _ in nil } }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue.parse(Array(text.utf8)) } catch {
            throw .invalid(path: "config.json: annotations.\(Key.crioResources)", reason: "\(error)")
        }
        return { name in value[name]?.integer(Int64.self).flatMap { $0 == 0 ? nil : $0 } }
    }

    private func number<Integer: FixedWidthInteger>(_ key: String) throws(SpecError) -> Integer? {
        guard let text = all[key], !text.isEmpty else { return nil }
        guard let number = Integer(text) else {
            throw .invalid(path: "config.json: annotations.\(key)", reason: "\"\(text)\" is no whole number")
        }
        return number == 0 ? nil : number
    }

    private func members(of prefix: String) -> [String: String] {
        var found: [String: String] = [:]
        for (key, value) in all where key.hasPrefix(prefix) && key.utf8.count > prefix.utf8.count {
            found[String(key.dropFirst(prefix.count))] = value
        }
        return found
    }
}

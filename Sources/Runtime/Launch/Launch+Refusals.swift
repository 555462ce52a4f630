import OCI

extension Launch {
    /// Refuses what a container relies on and would not get: silence would be worse.
    ///
    /// - Throws: `RuntimeError`, `unsupported`, naming the flag, the device or the annotation.
    static func refuse(
        _ document: SpecDocument, _ configuration: RuntimeConfiguration, _ contract: Contract
    ) throws(RuntimeError) {
        guard configuration.value("pod-init-config", contract).isEmpty else {
            // Whoever configures it is told what the sandbox does.
            throw RuntimeError(.unsupported, "flag \"pod-init-config\" is not supported")
        }
        let network = configuration.flags["network"] ?? ""
        guard ["", "sandbox", "host", "none"].contains(network) else {
            throw RuntimeError(.unsupported, "flag \"network\": \"\(network)\" is not supported")
        }
        let annotations = document.spec.annotations
        let layer = "dev.gvisor.tar.rootfs.upper"
        if contract.boot("rootfs-upper-tar-fd"),
            let key = annotations.keys.sorted().first(where: { $0.hasPrefix(layer) })
        {
            throw RuntimeError(
                .unsupported, "config.json: annotations.\(key): layers over the root are not supported")
        }
        func isOn(_ flag: String) -> Bool {
            configuration.isOn(flag, contract) || annotations["dev.gvisor.internal.\(flag)"] == "true"
        }
        let devices = (document.raw[["linux", "devices"]]?.array ?? []).compactMap { $0["path"]?.string }
        for (flag, kind, prefixes) in [
            ("nvproxy", "GPUs", ["/dev/nvidiactl"]), ("tpuproxy", "TPUs", ["/dev/accel", "/dev/vfio"]),
        ] where isOn(flag) {
            // They need a gofer of their own, and tools of their makers' in its namespace.
            if let device = devices.first(where: { device in prefixes.contains { device.hasPrefix($0) } }) {
                throw RuntimeError(
                    .unsupported,
                    "config.json: linux.devices: \(device): \(kind) (flag \"\(flag)\") are not supported")
            }
        }
        if isOn("nvproxy"),
            asksForGPUs(document.spec, byDocker: configuration.isOn("nvproxy-docker", contract))
        {
            throw RuntimeError(
                .unsupported,
                "config.json: process.env: NVIDIA_VISIBLE_DEVICES: GPUs (flag \"nvproxy\") are not supported")
        }
    }

    /// What the hook of Nvidia's toolkit goes by.
    private static func asksForGPUs(_ spec: Spec, byDocker: Bool) -> Bool {
        let prefix = "NVIDIA_VISIBLE_DEVICES="
        let hooks = spec.hooks?.prestart ?? []
        guard byDocker || hooks.contains(where: { $0.path.hasSuffix("/nvidia-container-runtime-hook") }),
            let value = spec.process?.env.last(where: { $0.hasPrefix(prefix) })?.dropFirst(prefix.count)
        else { return false }
        return !value.isEmpty && value != "void"
    }
}

extension SpecDocument {
    /// Leaves out a container's system call filter where its pod's annotations say that it is the runtime's default: the
    /// Sentry is confined more tightly than that anyway.
    mutating func leaveOutDefaultSeccomp() throws(SpecError) {
        guard let name = spec.annotations[Annotations.Key.containerName],
            spec.annotations["dev.gvisor.internal.seccomp.\(name)"] == "RuntimeDefault",
            raw[["linux", "seccomp"]] != nil
        else { return }
        try edit { $0[["linux", "seccomp"]] = nil }
    }
}

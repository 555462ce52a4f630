import Sys

extension Launch {
    /// What a stock tool shows of a sandbox beside its metrics, under the names that the release uses.
    ///
    /// The toolchain that built runsc is not known to its launcher.
    var metricMetadata: [String: String] {
        guard contract.hasGoferMountConfs else { return [:] }
        #if arch(arm64)
            let architecture = "arm64"
        #else
            let architecture = "amd64"
        #endif
        let mode: String =
            switch network {
            case .host: "host"
            case .joined: "sandbox"
            case .loopback: configuration.flags["network"] ?? "sandbox"
            }
        return [
            "version": contract.version,
            "platform": configuration.value("platform", contract),
            "network": mode,
            "numcores": "\(Kernel.processorCount)",
            "coretags": "\(configuration.isOn("enable-core-tags", contract))",
            "overlay": configuration.value("overlay2", contract),
            "fsmode": configuration.isOn("directfs", contract) ? "directfs" : "goferfs",
            "cpuarch": architecture,
            "go": "",
            "experiment": "",
        ]
    }
}

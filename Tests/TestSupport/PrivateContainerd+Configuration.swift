import Glibc

extension PrivateContainerd {
    /// Writes the files that containerd and what it calls read.
    func writeConfiguration() throws {
        try directory.write(common + (cri ? pods : ""), to: "config.toml")
        guard cri else { return }
        try directory.write(network, to: "cni/10-bridge.conflist")
        try directory.write("root = \"\(directory.path("runsc"))\"\n", to: "runsc.toml")
    }

    /// What running containers with ctr needs, in the form that all releases read.
    private var common: String {
        """
        version = 2
        root = "\(directory.path("root"))"
        state = "\(directory.path("state"))"
        disabled_plugins = [
          \(cri ? "" : "\"io.containerd.grpc.v1.cri\", \"io.containerd.cri.v1.images\", \"io.containerd.cri.v1.runtime\",")
          "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri",
          "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
          "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
          "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
        ]
        [grpc]
        address = "\(socket)"
        [ttrpc]
        address = "\(socket).ttrpc"
        [debug]
        level = "debug"

        """
    }

    /// What pods need: the handler "runsc", a pause image that is on the machine, and a network of its own.
    private var pods: String {
        let plugin = "plugins.\"io.containerd.grpc.v1.cri\""
        return """
            [\(plugin)]
            sandbox_image = "\(BusyboxImage.pauseName)"
            restrict_oom_score_adj = true
            stream_server_address = "127.0.0.1"
            stream_server_port = "0"
            [\(plugin).cni]
            bin_dir = "/usr/lib/cni"
            conf_dir = "\(directory.path("cni"))"
            [\(plugin).containerd]
            default_runtime_name = "runsc"
            [\(plugin).containerd.runtimes.runsc]
            runtime_type = "\(Settings.runtime)"
            \(shimMakesSandboxes ? "sandboxer = \"shim\"" : options(plugin))

            """
    }

    /// The runtime's options; with a sandboxer "shim" containerd 2.1 takes none but runc's.
    private func options(_ plugin: String) -> String {
        """
        [\(plugin).containerd.runtimes.runsc.options]
        TypeUrl = "io.containerd.runsc.v1.options"
        ConfigPath = "\(directory.path("runsc.toml"))"
        """
    }

    /// A bridge with the mark's name.
    ///
    /// Its addresses are used by one test at a time: they run in a row. Those of other processes, also of one that was killed
    /// and has left its bridge, are others: the host would not know which bridge is meant.
    private var network: String {
        """
        {"cniVersion": "0.4.0", "name": "\(mark)", "plugins": [
          {"type": "bridge", "bridge": "\(mark)", "isGateway": true, "ipam": {
            "type": "host-local", "dataDir": "\(directory.path("ipam"))",
            "ranges": [[{"subnet": "10.211.\(getpid() % 250).0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}]}
        """
    }
}

import OCI
import Sys

/// How the runtime is set up on this host.
package struct RuntimeConfiguration: Sendable, Equatable {
    /// Absolute path of the runsc binary.
    package var binary: String
    /// runsc's root directory, where its state files and control sockets are.
    package var root: String
    /// Flags of runsc by name, without dashes: what the configuration file calls `runsc_config`.
    package var flags: [String: String]
    /// Who does the processes' first stage.
    package var launchPath: LaunchPath
    /// How much later than asked for the timers of a sandbox may end, in microseconds; nil for the kernel's 50.
    package var timerSlack: UInt32?
    /// How long things may take.
    package var bounds: Bounds
    /// Who shall own the streams of a container's processes, when the sandbox runs as root.
    package var ioUID: UInt32 = 0
    /// The group of the same.
    package var ioGID: UInt32 = 0
    /// Where cgroups are made; nil for the hierarchies that this process sees.
    package var cgroups: CgroupHost?

    /// A configuration; flags that are not named have runsc's defaults.
    package init(
        binary: String, root: String, flags: [String: String] = [:], launchPath: LaunchPath = .automatic,
        bounds: Bounds = Bounds()
    ) {
        self.binary = binary
        self.root = root
        self.flags = flags
        self.launchPath = launchPath
        self.bounds = bounds
    }
}

/// Who builds the roots of gofer and Sentry.
package enum LaunchPath: String, Sendable, CaseIterable {
    /// The launcher, where it knows the release; else runsc.
    case automatic
    /// The processes themselves, which run twice for it.
    case staged
}

/// The network of a sandbox.
package enum SandboxNetworkMode: Sendable, Equatable {
    /// The Sentry's own stack on the interfaces of a namespace.
    case joined(namespace: String)
    /// The Sentry's own stack with nothing but a loopback interface.
    case loopback
    /// The host's stack, system call by system call.
    case host

    /// What a container gets.
    ///
    /// A container without a network namespace shares the host's network by the OCI runtime specification;
    /// gVisor's name for that is `--network=host`. A new namespace has no interfaces but its loopback one.
    static func of(_ spec: Spec, flags: [String: String]) -> SandboxNetworkMode {
        switch flags["network"] {
        case "none": return .loopback
        case "host": return .host
        default: break
        }
        guard let namespace = spec.linux?.namespace(.network) else { return .host }
        guard let path = namespace.path, !path.isEmpty else { return .loopback }
        return isHostsOfCRIO(path, spec) ? .host : .joined(namespace: path)
    }

    /// Whether a pod of CRI-O's has the host's network: that pins every namespace to a file, the host's as well.
    private static func isHostsOfCRIO(_ path: String, _ spec: Spec) -> Bool {
        guard Annotations(spec.annotations).isOfCRIO, let namespace = try? NetworkNamespace.open(path) else {
            return false
        }
        return (try? NetworkNamespace.isHosts(namespace)) == true
    }
}

extension RuntimeConfiguration {
    /// The flags that stand before the sub-command of both processes: the same for both, and for every later call.
    ///
    /// - Throws: `RuntimeError` naming a flag that the installed runsc does not know, or whose value is not of
    ///   its type.
    func globalFlags(for contract: Contract, network: SandboxNetworkMode) throws(RuntimeError) -> [String] {
        var flags = flags
        switch network {
        case .host: flags["network"] = "host"
        case .joined: flags["network"] = "sandbox"
        case .loopback: flags["network"] = flags["network"] ?? "sandbox"
        }
        flags["root"] = root
        var list: [String] = []
        for (name, value) in flags.sorted(by: { $0.key < $1.key }) {
            list.append("--\(name)=\(try contract.checked(value, of: name))")
        }
        return list
    }

    /// The value of a Boolean flag: the configured one, else the release's default.
    func isOn(_ name: String, _ contract: Contract) -> Bool {
        (flags[name] ?? contract.globalFlags[name]?.defaultValue) == "true"
    }

    /// The value of a flag: the configured one, else the release's default.
    func value(_ name: String, _ contract: Contract) -> String {
        flags[name] ?? contract.globalFlags[name]?.defaultValue ?? ""
    }

    /// Who makes the cgroups: without the flag, whom the path in a container's spec asks for.
    func cgroupManager(_ contract: Contract) -> CgroupManager {
        guard flags["systemd-cgroup"] != nil else { return .automatic }
        return isOn("systemd-cgroup", contract) ? .systemd : .cgroupfs
    }
}

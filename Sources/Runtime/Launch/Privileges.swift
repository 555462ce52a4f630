import OCI
import Sys

/// What the two processes may do once they run: what the stock first stage leaves them.
enum Privileges {
    private static let files: CapabilitySet = [.chown, .dacOverride, .dacReadSearch, .fowner, .fsetid]

    /// A gofer opens files as any user and changes its root; since the releases that ask for mounts it also connects to
    /// sockets of the host as whoever asks, where that is allowed.
    static func gofer(_ launch: Launch) -> CapabilitySet {
        let set = files.union(.sysChroot)
        let connects = ["open", "all"].contains(launch.configuration.value("host-uds", launch.contract))
        return launch.contract.needsGoferRPCFD && connects ? set.union([.setuid, .setgid]) : set
    }

    /// The Sentry opens files with directfs, traces its stubs, and hands calls for the host's network on to the host; up to
    /// the 2024 release it has for that whatever the container was promised.
    static func boot(_ launch: Launch) throws(Capability.Unknown) -> CapabilitySet {
        var set: CapabilitySet = .sysPtrace
        if launch.configuration.isOn("directfs", launch.contract) { set.formUnion(files) }
        if launch.contract.hasPIDNamespaceFlag {
            let bounding = launch.spec.spec.process?.capabilities?.bounding ?? []
            set.formUnion(CapabilitySet(rawValue: try Capability.mask(of: bounding)))
        } else if launch.network == .host {
            set.formUnion([.netAdmin, .netBindService])
            if launch.configuration.isOn("net-raw", launch.contract) { set.formUnion(.netRaw) }
        }
        return set
    }

    /// Leaves a root process with `set`: what exec(2) gives to root is bounded by the bounding set.
    static func steps(_ set: CapabilitySet, current: CapabilitySet) -> [ChildStep] {
        let kept = set.intersection(current)
        return [
            .keepBounding(kept), .setCapabilities(effective: kept, permitted: kept, inheritable: []),
        ]
    }
}

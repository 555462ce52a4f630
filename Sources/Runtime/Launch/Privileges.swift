import OCI
import Sys

/// What the two processes may do once they run: what the stock first stage leaves them.
enum Privileges {
    private static let files: CapabilitySet = [.chown, .dacOverride, .dacReadSearch, .fowner, .fsetid]

    /// A gofer opens files as any user and changes its root.
    static let gofer = files.union(.sysChroot)

    /// The Sentry opens files with directfs, traces its stubs, and beyond that has what the container was promised, for
    /// the calls that it hands on to the host.
    static func boot(_ process: OCI.Process?, directFS: Bool) throws(Capability.Unknown) -> CapabilitySet {
        let sets = process?.capabilities
        let promised = CapabilitySet(rawValue: try Capability.mask(of: sets?.bounding ?? []))
        return promised.union(.sysPtrace).union(directFS ? files : [])
    }

    /// Leaves a root process with `set`: what exec(2) gives to root is bounded by the bounding set.
    static func steps(_ set: CapabilitySet, current: CapabilitySet) -> [ChildStep] {
        let kept = set.intersection(current)
        return [
            .keepBounding(kept), .setCapabilities(effective: kept, permitted: kept, inheritable: []),
        ]
    }
}

/// When the author of a container may set a flag without the administrator having set `allow-flag-override`.
///
/// Each release has its own list, and the releases that apply annotations themselves hold to it. Those that do
/// not leave it to their launcher, so that this list is what keeps a container from weakening its sandbox.
/// From runsc/config of each release.
enum FlagAllowance: Sendable, Equatable {
    /// With any value.
    case always
    /// A Boolean that may be switched on, but not off.
    case on
    /// An overlay kept in memory or beside the root file system, or none; not in a directory of the host.
    case containedOverlay
    /// Only the discipline that limits the rate.
    case rateLimit
    /// At most what is configured, or anything if nothing is.
    case atMostConfigured

    /// The allowance for a flag in a release; nil if the administrator must have allowed overriding.
    init?(_ name: String, _ contract: Contract) {
        guard let (first, allowance) = Self.list[name], first <= Generation(contract) else { return nil }
        self = allowance
    }

    /// The releases by what their lists have in common; a release that is none of the known ones is taken for
    /// the newest that has all its features.
    private enum Generation: Int, Comparable {
        case r22, r24, head

        init(_ contract: Contract) {
            self = !contract.hasGoferMountConfs ? .r22 : contract.appliesFlagAnnotations ? .r24 : .head
        }

        static func < (left: Generation, right: Generation) -> Bool { left.rawValue < right.rawValue }
    }

    private static let list: [String: (since: Generation, FlagAllowance)] = [
        "debug": (.r22, .always),
        "strace": (.r22, .always),
        "strace-syscalls": (.r22, .always),
        "strace-log-size": (.r22, .always),
        "oci-seccomp": (.r22, .on),
        "debug-to-user-log": (.r24, .always),
        "host-uds": (.r24, .always),
        "net-disconnect-ok": (.r24, .always),
        "debug-command": (.head, .always),
        "reproduce-nftables": (.head, .always),
        "pause-external-networking": (.head, .always),
        "allow-connected-on-save": (.head, .always),
        "in-sandbox-cgroup": (.head, .always),
        "overlay2": (.head, .containedOverlay),
        "qdisc": (.head, .rateLimit),
        "qdisc-tbf-rate": (.head, .atMostConfigured),
        "qdisc-tbf-burst": (.head, .atMostConfigured),
    ]

    /// Whether a value is within the allowance, given the configured one.
    func permits(_ value: String, configured: String) -> Bool {
        switch self {
        case .always: return true
        case .on: return value == "true"
        case .containedOverlay:
            let parts = value.prefix { $0 != "," }.split(separator: ":", omittingEmptySubsequences: false)
            return parts == ["none"]
                || (parts.count == 2 && ["root", "all"].contains(parts[0])
                    && ["memory", "self"].contains(parts[1]))
        case .rateLimit: return value == "tbf"
        case .atMostConfigured:
            let limit = FlagKind.integer(configured, as: UInt64.self) ?? 0
            guard let number = FlagKind.integer(value, as: UInt64.self) else { return false }
            return limit == 0 || number <= limit
        }
    }
}

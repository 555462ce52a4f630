/// The capabilities of Linux by name and number (capabilities(7), `linux/capability.h`).
package enum Capability {
    /// The names in the order of their numbers, from 0.
    package static let names: [String] = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE",
        "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
        "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
        "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN",
        "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ]

    /// A name that Linux does not have.
    package struct Unknown: Error, Sendable, Equatable, CustomStringConvertible {
        package let name: String

        /// The error for this name.
        package init(name: String) { self.name = name }

        package var description: String { "unknown capability \"\(name)\"" }
    }

    /// The number of a capability, or nil for an unknown name.
    package static func number(of name: String) -> Int? { numbers[name] }

    /// The bits of a set of capabilities; bit n is capability number n.
    ///
    /// - Throws: `Unknown` for the first name that Linux does not have. It is not skipped: a
    ///   set that lacks what was asked for is found out too late.
    package static func mask(of names: [String]) throws(Unknown) -> UInt64 {
        var mask: UInt64 = 0
        for name in names {
            guard let number = numbers[name] else { throw Unknown(name: name) }
            mask |= 1 << UInt64(number)
        }
        return mask
    }

    private static let numbers = Dictionary(
        names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
}

internal import CSys
internal import Glibc

/// A set of capabilities(7), one bit for each number.
package struct CapabilitySet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package init(numbers: [Int32]) {
        rawValue = numbers.reduce(0) { $0 | 1 << UInt64($1) }
    }

    /// A capability by its name, such as "cap_sys_admin"; libcap knows the names.
    package init?(name: String) {
        let number = csys_capability_number(name)
        guard number >= 0 else { return nil }
        rawValue = 1 << UInt64(number)
    }

    package static let chown = CapabilitySet(numbers: [0])
    package static let dacOverride = CapabilitySet(numbers: [1])
    package static let dacReadSearch = CapabilitySet(numbers: [2])
    package static let fowner = CapabilitySet(numbers: [3])
    package static let fsetid = CapabilitySet(numbers: [4])
    package static let setgid = CapabilitySet(numbers: [6])
    package static let setuid = CapabilitySet(numbers: [7])
    package static let setpcap = CapabilitySet(numbers: [8])
    package static let netBindService = CapabilitySet(numbers: [10])
    package static let netAdmin = CapabilitySet(numbers: [12])
    package static let netRaw = CapabilitySet(numbers: [13])
    package static let sysChroot = CapabilitySet(numbers: [18])
    package static let sysPtrace = CapabilitySet(numbers: [19])
    package static let sysAdmin = CapabilitySet(numbers: [21])
    package static let sysResource = CapabilitySet(numbers: [24])

    /// What this process may use now.
    package static func effective() throws(SysError) -> CapabilitySet {
        var set: UInt64 = 0
        _ = try checking("capget", "", csys_effective_capabilities(&set))
        return CapabilitySet(rawValue: set)
    }

    /// All that the running kernel knows.
    package static var all: CapabilitySet {
        CapabilitySet(rawValue: (1 << UInt64(csys_capability_count())) - 1)
    }
}

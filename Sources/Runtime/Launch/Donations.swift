import Sys

/// Descriptors for a child, each under the flag that tells the child its number.
///
/// The number in a flag and the place of the descriptor are written in one step, so they cannot disagree.
struct Donations {
    /// Places 0 to 2 of the child.
    private(set) var descriptors: [OwnedFD]
    private(set) var flags: [String] = []
    /// The flags that stand before the sub-command.
    private(set) var globalFlags: [String] = []

    init(stdio: [OwnedFD]) { descriptors = stdio }

    /// Donates one descriptor.
    ///
    /// A flag that is used again makes a list, in the order of the calls.
    mutating func donate(_ flag: String, _ descriptor: OwnedFD) {
        flags.append("--\(flag)=\(descriptors.count)")
        descriptors.append(descriptor)
    }

    /// Donates one descriptor under a flag that stands before the sub-command.
    mutating func donate(global flag: String, _ descriptor: OwnedFD) {
        globalFlags.append("--\(flag)=\(descriptors.count)")
        descriptors.append(descriptor)
    }

    mutating func donate(_ flag: String, _ list: [OwnedFD]) {
        for descriptor in list { donate(flag, descriptor) }
    }
}

/// The name of a container, safe to be part of a file name and of a socket name.
///
/// The characters are those that gVisor allows: ASCII letters, digits, `_`, `+`, `.` and `-`; "." and ".." are
/// refused. containerd's ids have at most 76 bytes. gVisor sets no limit, but what it makes of an id does:
/// the state file `<id>_sandbox:<id>.state` must fit 255 bytes, and the oldest release's abstract
/// socket, NUL `runsc-sandbox.<id>` NUL, the 108 bytes of an address. The smaller one, 92, is the limit here, so that
/// no id is refused half-way through a create.
package struct ContainerID: Sendable, Hashable, CustomStringConvertible {
    /// The greatest length in bytes.
    package static let maximumLength = 92

    /// The checked text.
    package let text: String

    package var description: String { text }

    /// Why a text is no container id.
    package enum Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        case empty
        case tooLong(length: Int)
        case badCharacters(String)
        case dots(String)

        package var description: String {
            switch self {
            case .empty: "invalid container id: empty"
            case .tooLong(let length):
                "invalid container id: \(length) bytes, more than \(ContainerID.maximumLength)"
            case .badCharacters(let text):
                "invalid container id \"\(text)\": only letters, digits, '_', '+', '.' and '-' are allowed"
            case .dots(let text): "invalid container id \"\(text)\": names a directory"
            }
        }
    }

    /// Checks a text from outside.
    package init(_ text: String) throws(Invalid) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong(length: text.utf8.count) }
        guard text.utf8.allSatisfy(Self.isAllowed) else { throw .badCharacters(text) }
        guard text != ".", text != ".." else { throw .dots(text) }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}

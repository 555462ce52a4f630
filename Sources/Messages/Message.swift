/// A protobuf message as a plain Swift value.
///
/// An absent field has its proto3 default (empty, zero, `nil`); fields that this version does not know are
/// dropped on decoding.
package protocol Message: Sendable, Equatable {
    /// The full protobuf name, package included, as in "containerd.task.v2.StartRequest".
    static var fullName: String { get }

    /// Decodes one message from all of `bytes`.
    ///
    /// The input may come from anyone: the memory that decoding takes is bounded by a multiple of its size.
    ///
    /// - Throws: ``MessageError`` when `bytes` is not such a message, or when a text field is not UTF-8 or
    ///   holds a NUL, which no path, name or id of the protocol may.
    init(decoding bytes: [UInt8]) throws(MessageError)

    /// The message in protobuf's wire format, fields in the order of their numbers, maps sorted by key.
    ///
    /// A text field ends before its first NUL.
    func encoded() -> [UInt8]
}

/// Why bytes are not the message they were taken for.
package struct MessageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Sendable, Equatable {
        /// Truncated, or no protobuf at all.
        case malformed(byteCount: Int)
        /// Decoding would take more memory than a message of this size deserves.
        case tooLarge(byteCount: Int)
        /// The named text field is not UTF-8.
        case notUTF8(field: String)
        /// The named text field holds a NUL.
        case containsNUL(field: String)
        /// An `Any` holds another type.
        case otherType(url: String)
    }

    /// The full name of the message that was expected; for text fields, the one that has the field.
    package let message: String
    /// What is wrong.
    package let reason: Reason

    /// Says that `message` could not be had, for `reason`.
    package init(message: String, reason: Reason) {
        self.message = message
        self.reason = reason
    }

    package var description: String {
        switch reason {
        case .malformed(let byteCount):
            "decode \(message): \(byteCount) bytes are truncated or malformed"
        case .tooLarge(let byteCount):
            "decode \(message): \(byteCount) bytes unfold beyond the memory limit"
        case .notUTF8(let field):
            "decode \(message): field \(field) is not utf-8"
        case .containsNUL(let field):
            "decode \(message): field \(field) contains a nul"
        case .otherType(let url):
            "decode \(message): the any holds \"\(url)\""
        }
    }
}

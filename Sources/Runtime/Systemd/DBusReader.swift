/// What somebody sent is not D-Bus.
package struct DBusError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Reads what D-Bus laid out, from somebody who is not trusted.
package struct DBusReader: Sendable {
    private let bytes: [UInt8]
    private(set) var offset = 0
    let isBigEndian: Bool

    /// A reader of these bytes, whose start counts as a multiple of 8.
    init(_ bytes: [UInt8], isBigEndian: Bool) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
    }

    /// A reader of a message, behind its first byte, which tells the order of all others.
    init(message bytes: [UInt8]) throws(DBusError) {
        switch bytes.first {
        case UInt8(ascii: "l"): self.init(bytes, isBigEndian: false)
        case UInt8(ascii: "B"): self.init(bytes, isBigEndian: true)
        default: throw DBusError("no message")
        }
        offset = 1
    }

    mutating func skip(_ count: Int) throws(DBusError) { _ = try take(count) }

    private mutating func take(_ count: Int) throws(DBusError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - offset else { throw DBusError("a message that ends too early") }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    /// Passes over padding, which is zero.
    mutating func align(to alignment: Int) throws(DBusError) {
        let padding = (alignment - offset % alignment) % alignment
        guard try take(padding).allSatisfy({ $0 == 0 }) else { throw DBusError("padding that is not zero") }
    }

    /// A `y`, one byte.
    mutating func byte() throws(DBusError) -> UInt8 { try take(1).first ?? 0 }

    /// A `u`, 32 bits.
    package mutating func uint32() throws(DBusError) -> UInt32 { try integer() }

    private mutating func integer<Integer: FixedWidthInteger>(
        _: Integer.Type = Integer.self
    ) throws(DBusError) -> Integer {
        let size = Integer.bitWidth / 8
        try align(to: size)
        let digits = try take(size)
        let ordered = isBigEndian ? Array(digits) : digits.reversed()
        return ordered.reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }

    /// An `s` or `o`, text.
    package mutating func string() throws(DBusError) -> String { try text(Int(integer(UInt32.self))) }

    /// A `g`, the types of something.
    mutating func signature() throws(DBusError) -> String { try text(Int(byte())) }

    private mutating func text(_ length: Int) throws(DBusError) -> String {
        let text = try take(length)
        guard try byte() == 0, !text.contains(0), let valid = String(validating: text, as: UTF8.self) else {
            throw DBusError("a string that is no UTF-8, or does not end with its length")
        }
        return valid
    }

    /// A `v`, with a value of those types that stand in headers.
    mutating func variant() throws(DBusError) -> DBusValue {
        switch try signature() {
        case "y": return .byte(try byte())
        case "u": return .uint32(try integer())
        case "t": return .uint64(try integer())
        case "s": return .string(try string())
        case "o": return .objectPath(try string())
        case "g": return .signature(try signature())
        case let other: throw DBusError("a value of the type \"\(other)\" in a header")
        }
    }
}

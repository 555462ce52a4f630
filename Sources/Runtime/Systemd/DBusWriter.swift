/// A value of those types that are said to systemd, or stand in a message's header.
package enum DBusValue: Sendable, Equatable {
    case byte(UInt8)
    case boolean(Bool)
    case uint32(UInt32)
    case uint64(UInt64)
    case string(String)
    case objectPath(String)
    case signature(String)
    case bytes([UInt8])
    case uint32s([UInt32])

    /// Its type, as signatures have it.
    package var signature: String {
        switch self {
        case .byte: "y"
        case .boolean: "b"
        case .uint32: "u"
        case .uint64: "t"
        case .string: "s"
        case .objectPath: "o"
        case .signature: "g"
        case .bytes: "ay"
        case .uint32s: "au"
        }
    }
}

/// Lays values out as D-Bus has them: little-endian, each at a multiple of its size.
package struct DBusWriter: Sendable {
    /// What was written; its start counts as a multiple of 8.
    package private(set) var bytes: [UInt8] = []

    /// A writer with nothing written.
    package init() {}

    /// Fills up with zeros.
    package mutating func align(to alignment: Int) {
        while bytes.count % alignment != 0 { bytes.append(0) }
    }

    /// A `y`, one byte.
    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// A `u`, 32 bits.
    package mutating func uint32(_ value: UInt32) {
        align(to: 4)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// A `t`, 64 bits.
    package mutating func uint64(_ value: UInt64) {
        align(to: 8)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// An `s` or `o`, text.
    ///
    /// - Parameter text: Without NUL, which ends a string here.
    package mutating func string(_ text: String) {
        uint32(UInt32(text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    /// A `g`, the types of something.
    ///
    /// - Parameter text: At most 255 bytes.
    package mutating func signature(_ text: String) {
        bytes.append(UInt8(truncatingIfNeeded: text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    /// An `a`, whose length does not count what is skipped before its first element.
    package mutating func array(alignment: Int, _ elements: (inout DBusWriter) -> Void) {
        uint32(0)
        let length = bytes.count - 4
        align(to: alignment)
        let start = bytes.count
        elements(&self)
        withUnsafeBytes(of: UInt32(bytes.count - start).littleEndian) { source in
            bytes.replaceSubrange(length..<length + 4, with: source)
        }
    }

    /// A `v`, a value with its type.
    package mutating func variant(_ value: DBusValue) {
        signature(value.signature)
        switch value {
        case .byte(let number): byte(number)
        case .boolean(let isTrue): uint32(isTrue ? 1 : 0)
        case .uint32(let number): uint32(number)
        case .uint64(let number): uint64(number)
        case .string(let text), .objectPath(let text): string(text)
        case .signature(let text): signature(text)
        case .bytes(let list): array(alignment: 1) { for byte in list { $0.byte(byte) } }
        case .uint32s(let list): array(alignment: 4) { for number in list { $0.uint32(number) } }
        }
    }
}

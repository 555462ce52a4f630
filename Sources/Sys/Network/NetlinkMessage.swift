internal import Glibc

/// One message of netlink(7), without its header.
package struct NetlinkMessage: Sendable, Equatable {
    package let type: UInt16
    package let flags: UInt16
    package let sequence: UInt32
    package let body: [UInt8]

    package init(type: UInt16, flags: UInt16, sequence: UInt32, body: [UInt8]) {
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.body = body
    }

    package static let headerSize = 16

    /// Splits a datagram into its messages.
    ///
    /// Reads nothing beyond the datagram, whatever the lengths in it say.
    ///
    /// - Throws: `Errno.badMessage`, naming the offset at which a length does not fit.
    package static func parse(_ datagram: [UInt8]) throws(SysError) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = datagram[...]
        while rest.count >= headerSize {
            guard let length = rest.integer(UInt32.self, at: 0).map(Int.init), length >= headerSize,
                length <= rest.count, let type = rest.integer(UInt16.self, at: 4),
                let flags = rest.integer(UInt16.self, at: 6), let sequence = rest.integer(UInt32.self, at: 8)
            else { throw .malformed("message at byte \(datagram.count - rest.count)") }
            messages.append(
                NetlinkMessage(
                    type: type, flags: flags, sequence: sequence,
                    body: Array(rest.prefix(length).dropFirst(headerSize))))
            rest = rest.dropFirst(aligned(length))
        }
        guard rest.isEmpty else { throw .malformed("message at byte \(datagram.count - rest.count)") }
        return messages
    }

    /// The message as a datagram to the kernel.
    package var datagram: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(integer: UInt32(Self.headerSize + body.count))
        bytes.append(integer: type)
        bytes.append(integer: flags)
        bytes.append(integer: sequence)
        bytes.append(integer: UInt32(0))
        return bytes + body
    }

    static func aligned(_ length: Int) -> Int { (length + 3) & ~3 }
}

/// The attributes that follow the fixed part of a message of rtnetlink(7).
package struct NetlinkAttributes: Sendable {
    private var values: [UInt16: ArraySlice<UInt8>] = [:]

    /// Reads a list of attributes; the last of a type counts.
    ///
    /// - Throws: `Errno.badMessage` when the length of one does not fit.
    package init(_ bytes: ArraySlice<UInt8>) throws(SysError) {
        var rest = bytes
        while rest.count >= 4 {
            guard let length = rest.integer(UInt16.self, at: 0).map(Int.init), length >= 4,
                length <= rest.count, let type = rest.integer(UInt16.self, at: 2)
            else { throw .malformed("attribute at byte \(bytes.count - rest.count)") }
            // The two high bits say how the value is encoded.
            values[type & 0x3fff] = rest.prefix(length).dropFirst(4)
            rest = rest.dropFirst(NetlinkMessage.aligned(length))
        }
    }

    /// The value of an attribute as it stands.
    package subscript(type: UInt16) -> ArraySlice<UInt8>? { values[type] }

    /// The number in an attribute, if it is there and long enough.
    package func integer<Integer: FixedWidthInteger>(_ type: UInt16, _: Integer.Type) -> Integer? {
        values[type]?.integer(Integer.self, at: 0)
    }

    /// The text in an attribute, up to its first zero byte.
    package func text(_ type: UInt16) -> String? {
        values[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The IP address in an attribute, if it has the length of one.
    package func address(_ type: UInt16) -> IPAddress? { values[type].flatMap { IPAddress(bytes: $0) } }
}

extension Errno {
    package static let badMessage = Errno(rawValue: EBADMSG)
    package static let addressNotAvailable = Errno(rawValue: EADDRNOTAVAIL)
    package static let networkUnreachable = Errno(rawValue: ENETUNREACH)
}

extension SysError {
    static func malformed(_ what: String) -> SysError { SysError("recvfrom", "netlink \(what)", .badMessage) }
}

extension ArraySlice<UInt8> {
    /// The number at an offset from the slice's start, in the host's byte order; nil beyond its end.
    func integer<Integer: FixedWidthInteger>(_: Integer.Type, at offset: Int) -> Integer? {
        guard offset >= 0, count - offset >= MemoryLayout<Integer>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Integer.self) }
    }
}

extension [UInt8] {
    /// Appends a number in the host's byte order.
    mutating func append(integer: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: integer) { append(contentsOf: $0) }
    }
}

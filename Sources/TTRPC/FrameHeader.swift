/// What precedes every message on a ttRPC connection: ten bytes, its numbers in network order.
package struct FrameHeader: Sendable, Equatable {
    /// The bytes of a header.
    package static let size = 10
    /// The longest message that a frame may carry, in bytes; the protocol fixes it at 4 MiB.
    package static let messageLimit = 4 << 20

    /// The bytes that follow the header.
    package let length: UInt32
    /// The call that the message belongs to; odd for calls of the client.
    package let stream: UInt32
    package let kind: FrameKind
    package let flags: FrameFlags

    package init(length: UInt32, stream: UInt32, kind: FrameKind, flags: FrameFlags = []) {
        self.length = length
        self.stream = stream
        self.kind = kind
        self.flags = flags
    }

    /// Reads a header from its wire form.
    ///
    /// - Precondition: `bytes` has at least `size` elements.
    init(decoding bytes: some RandomAccessCollection<UInt8>) {
        func number(_ offset: Int) -> UInt32 {
            bytes.dropFirst(offset).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        }
        self.init(
            length: number(0), stream: number(4),
            kind: FrameKind(rawValue: bytes[bytes.index(bytes.startIndex, offsetBy: 8)]),
            flags: FrameFlags(rawValue: bytes[bytes.index(bytes.startIndex, offsetBy: 9)]))
    }

    /// The header in its wire form.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        append(to: &bytes)
        return bytes
    }

    func append(to bytes: inout [UInt8]) {
        for number in [length, stream] { Self.append(number, to: &bytes) }
        bytes.append(kind.rawValue)
        bytes.append(flags.rawValue)
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// What a frame's message is; peers of later versions may send kinds without a name here.
package struct FrameKind: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let request = FrameKind(rawValue: 1)
    package static let response = FrameKind(rawValue: 2)
    /// A message of a streaming call, which this implementation does not offer.
    package static let data = FrameKind(rawValue: 3)
}

/// The state of a streaming call; calls with one request and one response leave all of them clear.
package struct FrameFlags: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The sender sends no more on this stream.
    package static let remoteClosed = FrameFlags(rawValue: 1)
    /// The sender sends more on this stream.
    package static let remoteOpen = FrameFlags(rawValue: 2)
    package static let noData = FrameFlags(rawValue: 4)
}

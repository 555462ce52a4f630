/// Makes frames; knows no sockets.
enum FrameWriter {
    /// A whole frame: its header and the message behind it, for a single write.
    ///
    /// - Precondition: The message is within `FrameHeader.messageLimit`.
    static func frame(_ kind: FrameKind, stream: UInt32, _ message: [UInt8]) -> [UInt8] {
        precondition(message.count <= FrameHeader.messageLimit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FrameHeader.size + message.count)
        FrameHeader(length: UInt32(message.count), stream: stream, kind: kind).append(to: &bytes)
        bytes.append(contentsOf: message)
        return bytes
    }
}

/// Frames that the socket has not taken yet, as one run of bytes in their order.
struct FrameQueue {
    private var bytes: [UInt8] = []
    private var sent = 0

    var count: Int { bytes.count - sent }
    var isEmpty: Bool { count == 0 }

    /// What to send next.
    var rest: ArraySlice<UInt8> { bytes[sent...] }

    mutating func append(_ frame: ArraySlice<UInt8>) {
        // The sent part goes when it is the larger one, so each byte moves at most once or so.
        if sent > bytes.count / 2 {
            bytes.removeFirst(sent)
            sent = 0
        }
        bytes.append(contentsOf: frame)
    }

    /// Drops what was sent; an empty queue keeps no memory.
    mutating func didSend(_ count: Int) {
        sent += count
        if isEmpty { removeAll() }
    }

    mutating func removeAll() {
        bytes = []
        sent = 0
    }
}

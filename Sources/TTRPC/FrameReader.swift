/// One message off the wire.
enum Frame: Equatable {
    case message(FrameHeader, [UInt8])
    /// The header of a message beyond the limit. Reported before the message has come; its bytes are passed
    /// over.
    case oversized(FrameHeader)
}

/// Cuts a stream of bytes into frames; knows no sockets.
///
/// Between frames it holds no memory, within one its message. Every input is a prefix of some sequence of
/// frames, so nothing here can fail: what the frames mean is for others to judge.
struct FrameReader {
    private var head: [UInt8] = []
    private var header: FrameHeader?
    private var message: [UInt8] = []
    /// What is still to come of a message that is passed over.
    private var discarding = 0

    /// Takes bytes off the front of `input` up to the end of the next frame.
    ///
    /// - Returns: The frame, or `nil` when `input` is used up; then the rest of the frame is to follow.
    mutating func next(from input: inout UnsafeBufferPointer<UInt8>) -> Frame? {
        discarding -= Self.split(&input, at: discarding).count
        if discarding > 0 { return nil }
        if header == nil {
            head.append(contentsOf: Self.split(&input, at: FrameHeader.size - head.count))
            if head.count < FrameHeader.size { return nil }
            let header = FrameHeader(decoding: head)
            head.removeAll(keepingCapacity: true)
            if header.length > FrameHeader.messageLimit {
                discarding = Int(header.length)
                return .oversized(header)
            }
            self.header = header
            message.reserveCapacity(Int(header.length))
        }
        guard let header else { return nil }
        message.append(contentsOf: Self.split(&input, at: Int(header.length) - message.count))
        if message.count < Int(header.length) { return nil }
        self.header = nil
        defer { message = [] }
        return .message(header, message)
    }

    private static func split(
        _ input: inout UnsafeBufferPointer<UInt8>, at count: Int
    ) -> UnsafeBufferPointer<UInt8> {
        defer { input = UnsafeBufferPointer(rebasing: input.dropFirst(count)) }
        return UnsafeBufferPointer(rebasing: input.prefix(count))
    }
}

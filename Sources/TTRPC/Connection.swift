internal import Sys
internal import Synchronization

/// One end of a ttRPC connection: reads frames, and writes frames whole, one after the other.
///
/// A frame goes out at once from whoever sends it while the socket takes it all; what is left over waits in a
/// queue that a task of its own empties. While more than `pause` bytes wait, nothing is read: a peer that does
/// not take its answers gets no further calls served.
final class Connection: Sendable {
    /// What became of a frame.
    enum Sent { case accepted, queueFull, closed }

    /// The bytes in the queue above which reading pauses.
    private static let pause = FrameHeader.messageLimit
    /// The most bytes that one read takes.
    private static let chunk = 16 << 10

    private let socket: AsyncFD
    private let queueLimit: Int
    private let outbox = Mutex(Outbox())

    private struct Outbox {
        var queue = FrameQueue()
        /// No more system calls on the socket: its descriptor is given up.
        var closed = false
        /// To be closed when the queue is empty.
        var closing = false
        /// Empties the queue; runs only while there is one.
        var drain: Task<Void, Never>?
        /// The reader, while it waits for the queue to shrink.
        var reader: CheckedContinuation<Void, Never>?
    }

    /// - Parameters:
    ///   - socket: Taken over.
    ///   - queueLimit: The most bytes that may wait to be written.
    /// - Throws: What putting the socket into non-blocking mode failed with.
    init(_ socket: OwnedFD, queueLimit: Int) throws(SysError) {
        self.socket = try AsyncFD(socket)
        self.queueLimit = queueLimit
    }

    // MARK: reading

    /// Hands every frame to `receive` until the connection ends, for whatever reason, then gives up the socket.
    ///
    /// Cancelling the calling task closes the connection.
    ///
    /// - Precondition: Called once.
    func run(_ receive: (Frame) -> Void) async {
        await withTaskCancellationHandler {
            await read(receive)
            close()
            await outbox.withLock { $0.drain }?.value
            socket.close()
        } onCancel: {
            close()
        }
    }

    private func read(_ receive: (Frame) -> Void) async {
        let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.chunk)
        defer { chunk.deallocate() }
        var reader = FrameReader()
        while await mayRead() {
            // An error ends a connection as its peer's end does; who awaits an answer learns no more from it.
            guard let count = try? await socket.read(into: UnsafeMutableRawBufferPointer(chunk)), count > 0
            else { return }
            var input = UnsafeBufferPointer(rebasing: chunk[..<count])
            while let frame = reader.next(from: &input) { receive(frame) }
            // A peer that always has more must not keep others from their turn, nor is there a reason to ask a socket
            // for more that had less than was asked for.
            if count == chunk.count {
                await Task.yield()
            } else if (try? await socket.ready(.read)) == nil {
                return
            }
        }
    }

    /// Waits until reading may go on; false when the connection is closed.
    private func mayRead() async -> Bool {
        let now: Bool? = outbox.withLock { outbox in
            if outbox.closed { return false }
            return outbox.queue.count <= Self.pause ? true : nil
        }
        if let now { return now }
        await withCheckedContinuation { continuation in
            let waits = outbox.withLock { outbox -> Bool in
                if outbox.closed || outbox.queue.count <= Self.pause { return false }
                outbox.reader = continuation
                return true
            }
            if !waits { continuation.resume() }
        }
        return outbox.withLock { !$0.closed }
    }

    // MARK: writing

    /// Sends a whole frame, or queues it behind those that wait already; never waits itself.
    @discardableResult
    func send(_ frame: [UInt8]) -> Sent {
        outbox.withLock { outbox in
            if outbox.closed { return .closed }
            var rest = frame[...]
            if outbox.queue.isEmpty {
                guard let count = try? socket.sendNow(rest) else {
                    end(&outbox)
                    return .closed
                }
                rest = rest.dropFirst(count)
                if rest.isEmpty { return .accepted }
            } else if outbox.queue.count + rest.count > queueLimit {
                return .queueFull
            }
            outbox.queue.append(rest)
            if outbox.drain == nil { outbox.drain = Task { await self.drain() } }
            return .accepted
        }
    }

    private func drain() async {
        var more = true
        while more {
            guard (try? await socket.ready(.write)) != nil else { return close() }
            more = outbox.withLock { outbox in
                if outbox.closed { return false }
                guard let count = try? socket.sendNow(outbox.queue.rest) else {
                    end(&outbox)
                    return false
                }
                outbox.queue.didSend(count)
                if outbox.queue.count <= Self.pause { Self.wakeReader(&outbox) }
                guard outbox.queue.isEmpty else { return true }
                outbox.drain = nil
                if outbox.closing { end(&outbox) }
                return false
            }
        }
    }

    // MARK: the end

    /// Ends the connection now; what is queued is lost.
    func close() {
        outbox.withLock { end(&$0) }
    }

    /// Ends the connection as soon as all frames sent so far are out.
    func closeWhenDrained() {
        outbox.withLock { outbox in
            outbox.closing = true
            if outbox.queue.isEmpty { end(&outbox) }
        }
    }

    private func end(_ outbox: inout Outbox) {
        if outbox.closed { return }
        outbox.closed = true
        outbox.queue.removeAll()
        // Wakes the reader with the end of the stream; the descriptor stays ours until it has left.
        socket.shutdown()
        outbox.drain?.cancel()
        Self.wakeReader(&outbox)
    }

    private static func wakeReader(_ outbox: inout Outbox) {
        outbox.reader?.resume()
        outbox.reader = nil
    }
}

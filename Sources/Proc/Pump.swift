internal import Sys
internal import Synchronization

/// Copies one stream to another until its end, in a task of its own.
///
/// A destination that does not take what it is given holds up this copy and nothing else.
final class Pump: Sendable {
    /// Where a copy goes.
    enum Destination: Sendable {
        case open(AsyncFD)
        /// Opened when its client comes, also to see the end alone.
        case awaited(ClientFIFO)
    }

    private struct State {
        var writer: AsyncFD?
        /// How many pieces have been copied.
        var count: UInt64 = 0
        /// Whether all that there was has been read and written, and more is awaited.
        var idle = false
        var ended = false
        var task: Task<Void, Never>?
    }

    private let source: AsyncFD
    private let awaited: ClientFIFO?
    private let ownsDestination: Bool
    private let chunk: Int
    private let state: Mutex<State>

    /// Starts copying.
    ///
    /// - Parameters:
    ///   - source: Closed at its end.
    ///   - destination: Where to.
    ///   - ownsDestination: Whether the destination is closed at the end of the source.
    ///   - chunk: The most bytes held at a time.
    init(from source: AsyncFD, to destination: Destination, ownsDestination: Bool, chunk: Int) {
        self.source = source
        switch destination {
        case .open(let writer):
            state = Mutex(State(writer: writer))
            awaited = nil
        case .awaited(let fifo):
            state = Mutex(State())
            awaited = fifo
        }
        self.ownsDestination = ownsDestination
        self.chunk = chunk
        let task = Task { await self.run() }
        state.withLock { $0.task = task }
    }

    private func run() async {
        do {
            while true {
                if !source.isReadable {
                    state.withLock { $0.idle = true }
                    try await source.ready(.read)
                    state.withLock { $0.idle = false }
                }
                let bytes = try await source.read(upTo: chunk)
                if bytes.isEmpty { break }
                try await writer()?.write(bytes)
                state.withLock { $0.count += 1 }
            }
        } catch {
            // A terminal's end is EIO; a client that closed its end for good is EPIPE; the rest is `stop`. In
            // each case there is nobody left to copy for.
        }
        end()
        // A client that comes now finds the end.
        _ = try? await writer()
    }

    /// What is written to, once there is a client; none when nothing is to be written any more.
    private func writer() async throws -> AsyncFD? {
        if let writer = state.withLock({ $0.writer }) { return writer }
        guard let awaited else { return nil }
        let writer = try AsyncFD(try await awaited.writer())
        let ended = state.withLock { state in
            state.writer = writer
            return state.ended
        }
        if ended { writer.close() }
        return ended ? nil : writer
    }

    private func end() {
        let writer = state.withLock { state in
            state.ended = true
            state.task = nil
            return state.writer
        }
        source.close()
        if ownsDestination { writer?.close() }
    }

    /// Waits until everything that had been written to the source has been copied: until its end, or until it
    /// has been silent for `quiet`.
    ///
    /// - Returns: `false` when the destination did not take everything within `limit`.
    func drain(quiet: Duration, limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        var seen: UInt64?
        while true {
            // On a busy host what is there may be noticed late; before the rest, which a read of it would change.
            let isPending = source.isReadable
            let (count, idle, ended, task) = state.withLock { ($0.count, $0.idle, $0.ended, $0.task) }
            guard !ended, let task else { return true }
            if idle && count == seen && !isPending { return true }
            if ContinuousClock.now >= deadline { return false }
            seen = count
            if await within(quiet, { await task.value }) != nil { return true }
        }
    }

    /// Ends the copy, finished or not, and closes what it owns.
    func stop() {
        state.withLock { $0.task }?.cancel()
        end()
    }
}

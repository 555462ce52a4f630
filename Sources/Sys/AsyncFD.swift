internal import CSys
internal import Glibc
internal import Synchronization

/// A descriptor whose reads and writes are awaited instead of blocking a thread.
///
/// Puts the open file into non-blocking mode. One task may read while another writes; two tasks that read at
/// once take turns in no defined order. Cancelling the awaiting task ends its wait with `Errno.canceled`, and
/// so does `close()`. A descriptor has at most one `AsyncFD`.
package final class AsyncFD: Sendable {
    package enum Direction: Sendable {
        case read, write

        fileprivate var flag: Int32 { Int32(self == .read ? CSYS_READABLE : CSYS_WRITABLE) }
    }

    private let descriptor: OwnedFD
    private let state = Mutex(State())

    private struct State {
        var closed = false
        /// System calls under way; the last of them closes the descriptor if it is to be closed.
        var calls = 0
        /// What the poller knows this descriptor by.
        var token: UInt64?
        var nextWait: UInt64 = 0
        var waits: [UInt64: Wait] = [:]

        var flags: Int32 { waits.values.reduce(0) { $0 | $1.direction.flag } }
    }

    private struct Wait {
        let direction: Direction
        let continuation: CheckedContinuation<SysError?, Never>
    }

    package init(_ descriptor: OwnedFD) throws(SysError) {
        self.descriptor = descriptor
        try descriptor.setNonblocking(true)
    }

    deinit { close() }

    package var raw: Int32 { descriptor.raw }

    /// Ends all waits with `Errno.canceled` and gives the descriptor up.
    ///
    /// It is closed now, or when the last system call on it that is under way has ended.
    package func close() {
        let (waits, last) = state.withLock { state -> ([UInt64: Wait], Bool) in
            if state.closed { return ([:], false) }
            state.closed = true
            if let token = state.token { Poller.shared.remove(descriptor.raw, token) }
            defer { state.waits = [:] }
            return (state.waits, state.calls == 0)
        }
        for wait in waits.values { wait.continuation.resume(returning: Self.canceled(wait.direction)) }
        if last { descriptor.close() }
    }

    // MARK: waiting

    /// Waits until the descriptor is ready, at its end, or in error.
    package func ready(_ direction: Direction) async throws(SysError) {
        let id = state.withLock { state in
            state.nextWait += 1
            return state.nextWait
        }
        let failure: SysError? = await withTaskCancellationHandler {
            await withCheckedContinuation { begin(id, direction, $0) }
        } onCancel: {
            let wait = state.withLock { $0.waits.removeValue(forKey: id) }
            wait?.continuation.resume(returning: Self.canceled(direction))
        }
        if let failure { throw failure }
    }

    private func begin(
        _ id: UInt64, _ direction: Direction, _ continuation: CheckedContinuation<SysError?, Never>
    ) {
        let result = state.withLock { state -> Result<Bool, SysError> in
            // The cancel handler may have run before this wait was known.
            if state.closed || Task.isCancelled { return .failure(Self.canceled(direction)) }
            do throws(SysError) {
                try watch(&state, state.flags | direction.flag)
            } catch {
                // What cannot be watched is always ready.
                return error.code == .notPermitted ? .success(false) : .failure(error)
            }
            state.waits[id] = Wait(direction: direction, continuation: continuation)
            return .success(true)
        }
        switch result {
        case .success(true): break
        case .success(false): continuation.resume(returning: nil)
        case .failure(let error): continuation.resume(returning: error)
        }
    }

    private func watch(_ state: inout State, _ flags: Int32) throws(SysError) {
        if let token = state.token {
            try Poller.shared.rearm(descriptor.raw, token, flags)
        } else {
            state.token = try Poller.shared.add(descriptor.raw, self, flags)
        }
    }

    /// Ends the waits for what the descriptor is ready for; on the poller's thread.
    func becameReady(_ flags: Int32) {
        let ended = state.withLock { state -> [Wait] in
            let ready = state.waits.filter { $0.value.direction.flag & flags != 0 }
            for id in ready.keys { state.waits[id] = nil }
            guard !state.closed, !state.waits.isEmpty else { return Array(ready.values) }
            // Should this fail, the other direction learns of it from its next system call.
            if (try? watch(&state, state.flags)) != nil { return Array(ready.values) }
            defer { state.waits = [:] }
            return Array(ready.values) + Array(state.waits.values)
        }
        for wait in ended { wait.continuation.resume(returning: nil) }
    }

    private static func canceled(_ direction: Direction) -> SysError {
        SysError(direction == .read ? "read" : "write", "", .canceled)
    }

    // MARK: system calls

    /// Makes one system call that does not block, with the descriptor kept open.
    ///
    /// - Returns: What `body` returned, and `errno` as it was then; -1 and `canceled` after `close()`.
    func call(_ body: (Int32) -> Int) -> (count: Int, code: Errno) {
        let open = state.withLock { state in
            if !state.closed { state.calls += 1 }
            return !state.closed
        }
        if !open { return (-1, .canceled) }
        let count = body(descriptor.raw)
        let code = Errno.current
        let last = state.withLock { state in
            state.calls -= 1
            return state.closed && state.calls == 0
        }
        if last { descriptor.close() }
        return (count, code)
    }

    /// Makes system calls until one succeeds, with waits in between.
    func perform(_ direction: Direction, _ body: (Int32) -> Int) async throws(SysError) -> Int {
        while true {
            let (count, code) = call(body)
            if count >= 0 { return count }
            switch code {
            case .interrupted: break
            case .again: try await ready(direction)
            default: throw SysError(direction == .read ? "read" : "write", "", code)
            }
        }
    }

    /// Whether a read would return at once, be it with the end or an error.
    package var isReadable: Bool {
        let (count, _) = call { raw in
            var wanted = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            return Int(poll(&wanted, 1, 0))
        }
        return count != 0
    }

    /// Reads what is there, up to `buffer.count` bytes; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) async throws(SysError) -> Int {
        try await perform(.read) { Glibc.read($0, buffer.baseAddress, buffer.count) }
    }

    /// Reads what is there, up to `limit` bytes; empty at the end.
    package func read(upTo limit: Int) async throws(SysError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try await perform(.read) { raw in
            var count = 0
            bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
                count = Glibc.read(raw, buffer.baseAddress, limit)
                used = max(count, 0)
            }
            return count
        }
        return bytes
    }

    /// Writes all bytes.
    package func write(_ bytes: [UInt8]) async throws(SysError) {
        try await write(bytes[...])
    }

    /// Writes all bytes.
    package func write(_ bytes: ArraySlice<UInt8>) async throws(SysError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try await perform(.write) { raw in
                rest.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }
}

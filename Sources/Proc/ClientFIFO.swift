package import Sys
internal import Synchronization

/// A FIFO that its client has not opened yet for reading.
///
/// A client opens it by a call that returns once there is a writer, and under load it may come to that call only when the
/// process has ended already. If the last writer were gone by then, it would wait for ever; so it is waited for instead.
package final class ClientFIFO: Sendable {
    private struct State {
        var isAbandoned = false
        /// While the client is waited for, a descriptor to give up for the one that ends the wait.
        var spare: OwnedFD?
        /// A reader once the client has come, against EPIPE when it goes; or the one that ends the wait for it.
        var keeper: OwnedFD?
    }

    /// The FIFO itself: its name may be gone before the wait for its reader is over.
    private let place: OwnedFD
    private let state = Mutex(State())

    package init(_ path: String) throws(SysError) { place = try File.open(path, [.path]) }

    private var path: String { "/proc/self/fd/\(place.raw)" }

    /// Waits for the client, and opens the writing end, non-blocking.
    ///
    /// - Throws: `Errno.canceled` after `abandon()`.
    package func writer() async throws -> OwnedFD {
        try state.withLock { state in
            if state.isAbandoned { throw SysError("open", "", .canceled) }
            state.spare = try place.duplicate()
        }
        let opened = await Result.onOwnThread("FIFO") { [self] in try File.open(path, [.writeOnly]) }
        let isAbandoned = state.withLock { state in
            state.spare = nil
            if state.isAbandoned {
                state.keeper?.close()
            } else {
                state.keeper = try? File.open(path, [.nonblocking])
            }
            return state.isAbandoned
        }
        let end = try opened.get()
        if isAbandoned {
            end.close()
            throw SysError("open", "", .canceled)
        }
        try end.setNonblocking(true)
        return end
    }

    /// How many bytes the client has not read, once it has come.
    package var unread: Int { state.withLock { $0.keeper.map(Pipe.unread) ?? 0 } }

    /// Waits for the client no longer, and keeps nothing open for it.
    package func abandon() {
        state.withLock { state in
            guard !state.isAbandoned else { return }
            state.isAbandoned = true
            state.keeper?.close()
            // The call that waits for a reader has one now, and closes it; also where this process has no descriptor left.
            guard let spare = state.spare else { return }
            spare.close()
            state.keeper = try? File.open(path, [.nonblocking])
        }
    }
}

extension Result where Success: Sendable, Failure == any Error {
    /// What a call gives that blocks on a thread of its own.
    fileprivate static func onOwnThread(_ label: String, _ body: @escaping @Sendable () throws -> Success)
        async -> Self
    {
        do { return .success(try await Sys.onOwnThread(label, body)) } catch { return .failure(error) }
    }
}

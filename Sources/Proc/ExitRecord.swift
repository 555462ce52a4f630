package import Runtime
internal import Synchronization

/// The end of one process: recorded once, then known to everyone who waited and to all who come later.
package final class ExitRecord: Sendable {
    private enum State {
        case open([UInt64: CheckedContinuation<ContainerExit?, Never>], next: UInt64)
        case known(ContainerExit)
    }

    private let state = Mutex<State>(.open([:], next: 0))

    package init() {}

    /// The end, if it is known.
    package var value: ContainerExit? {
        state.withLock { state in
            if case .known(let exit) = state { return exit }
            return nil
        }
    }

    /// Records the end; only the first one counts.
    package func set(_ exit: ContainerExit) {
        let waiting = state.withLock { state -> [CheckedContinuation<ContainerExit?, Never>] in
            guard case .open(let waiting, _) = state else { return [] }
            state = .known(exit)
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: exit) }
    }

    /// Waits for the end.
    ///
    /// Any number of tasks may wait.
    ///
    /// - Throws: `CancellationError` when the waiting task is cancelled; nothing is left behind then.
    package func wait() async throws(CancellationError) -> ContainerExit {
        let id = state.withLock { state -> UInt64 in
            guard case .open(let waiting, let next) = state else { return 0 }
            state = .open(waiting, next: next + 1)
            return next
        }
        let exit = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in begin(id, continuation) }
        } onCancel: {
            abandon(id)
        }
        guard let exit else { throw CancellationError() }
        return exit
    }

    private func begin(_ id: UInt64, _ continuation: CheckedContinuation<ContainerExit?, Never>) {
        let known = state.withLock { state -> ContainerExit?? in
            switch state {
            case .known(let exit): return .some(exit)
            case .open(var waiting, let next):
                // The cancel handler may have run before this wait was known.
                if Task.isCancelled { return .some(nil) }
                waiting[id] = continuation
                state = .open(waiting, next: next)
                return .none
            }
        }
        if let known { continuation.resume(returning: known) }
    }

    private func abandon(_ id: UInt64) {
        let continuation = state.withLock { state -> CheckedContinuation<ContainerExit?, Never>? in
            guard case .open(var waiting, let next) = state else { return nil }
            let found = waiting.removeValue(forKey: id)
            state = .open(waiting, next: next)
            return found
        }
        continuation?.resume(returning: nil)
    }
}

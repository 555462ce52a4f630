import Synchronization

/// Whether a sandbox is paused, which it always is with all its containers.
final class SandboxPause: Sendable {
    private let state = Mutex((isPaused: false, ending: 0))

    /// Notes what the Sentry was asked for.
    func set(_ isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

    /// Notes that a container is about to end for which the others have to go on.
    ///
    /// - Returns: Whether they are paused, as far as is known here.
    func begin() -> Bool {
        state.withLock { state in
            state.ending += 1
            return state.isPaused
        }
    }

    /// Notes that it has ended.
    ///
    /// - Returns: Whether it was the last such, and the sandbox is to be paused as before.
    func end() -> Bool {
        state.withLock { state in
            state.ending -= 1
            return state.ending == 0 && state.isPaused
        }
    }
}

import Synchronization

/// Whether a sandbox is paused, which it always is with all its containers, and who continues it.
///
/// A Sentry of 2024 ends with a panic when it is continued twice for one pause. Docker asks for it after each SIGKILL.
final class SandboxPause: Sendable {
    private struct State {
        var isPaused = false
        /// Whether it goes on all the same, so that something can end.
        var isContinued = false
        /// How many containers are about to end.
        var ending = 0
        /// Whether a request to continue is being carried out.
        var isResuming = false
    }

    private let state = Mutex(State())

    /// Notes a pause that has been carried out.
    ///
    /// - Returns: Whether the sandbox is to be continued again, because something is about to end.
    func paused() -> Bool {
        state.withLock { state in
            state.isPaused = true
            state.isContinued = state.ending > 0
            return state.isContinued
        }
    }

    /// Begins a request to continue.
    ///
    /// - Returns: Whether the Sentry is to be asked; else it goes on already.
    func resume() -> Bool {
        state.withLock { state in
            defer { (state.isPaused, state.isContinued, state.isResuming) = (false, false, true) }
            return !state.isContinued
        }
    }

    /// Ends it.
    ///
    /// - Parameter failed: whether the Sentry has refused, and is paused as before.
    func resumed(failed: Bool) {
        state.withLock { state in (state.isPaused, state.isResuming) = (failed, false) }
    }

    /// Notes that a container is about to end, for which the sandbox has to go on.
    ///
    /// - Parameter isPausedByOthers: whether the state file says so, where an operator's pause is as well.
    /// - Returns: Whether the Sentry is to be asked.
    func begin(isPausedByOthers: Bool) -> Bool {
        state.withLock { state in
            state.ending += 1
            guard !state.isContinued, state.isPaused || isPausedByOthers && !state.isResuming else {
                return false
            }
            state.isContinued = true
            return true
        }
    }

    /// Notes that it has ended.
    ///
    /// - Returns: Whether it was the last such, and the sandbox is to be paused as before.
    func end() -> Bool {
        state.withLock { state in
            state.ending -= 1
            guard state.ending == 0, state.isPaused, state.isContinued else { return false }
            state.isContinued = false
            return true
        }
    }
}

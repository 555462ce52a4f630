internal import Synchronization

/// A value that becomes known once: the first report counts, and any number of tasks wait for it, before and
/// after.
package final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case pending([UInt64: CheckedContinuation<Value?, Never>])
        case known(Value)
    }

    private let state = Mutex<State>(.pending([:]))

    package init() {}

    /// The value, if it is known.
    package var value: Value? {
        state.withLock { state in
            if case .known(let value) = state { return value }
            return nil
        }
    }

    /// Makes the value known.
    ///
    /// Later reports change nothing.
    package func report(_ value: Value) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
            guard case .pending(let waiting) = state else { return [] }
            state = .known(value)
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// Waits for the value.
    ///
    /// - Throws: `CancellationError` when the waiting task is cancelled first.
    package func wait() async throws(CancellationError) -> Value {
        let id = UInt64.random(in: .min ... .max)
        let value = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let answer = enter(id, continuation) { continuation.resume(returning: answer) }
            }
        } onCancel: {
            leave(id)?.resume(returning: nil)
        }
        guard let value else { throw CancellationError() }
        return value
    }

    /// What the continuation is to be resumed with at once; `nil` when it has to wait.
    private func enter(_ id: UInt64, _ continuation: CheckedContinuation<Value?, Never>) -> Value?? {
        state.withLock { state in
            switch state {
            case .known(let value): return .some(value)
            case .pending(var waiting):
                // The cancel handler may have run before this wait was known.
                if Task.isCancelled { return .some(nil) }
                waiting[id] = continuation
                state = .pending(waiting)
                return .none
            }
        }
    }

    private func leave(_ id: UInt64) -> CheckedContinuation<Value?, Never>? {
        state.withLock { state in
            guard case .pending(var waiting) = state else { return nil }
            let found = waiting.removeValue(forKey: id)
            state = .pending(waiting)
            return found
        }
    }
}

internal import Synchronization

/// A value that one task awaits and others may give; the first to give it wins.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
    }

    private let state = Mutex<State>(.empty)

    /// Gives the value; does nothing when there is one already.
    func give(_ value: Value) {
        let continuation: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .given: return nil
            case .empty:
                state = .given(value)
                return nil
            case .awaited(let continuation):
                state = .given(value)
                return continuation
            }
        }
        continuation?.resume(returning: value)
    }

    /// Waits for the value.
    ///
    /// - Precondition: Only one task waits, once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let value: Value? = state.withLock { state in
                switch state {
                case .given(let value): return value
                case .awaited: preconditionFailure("two tasks await one promise")
                case .empty:
                    state = .awaited(continuation)
                    return nil
                }
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}

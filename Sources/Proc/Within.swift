internal import Synchronization

/// Waits for an operation, but no longer than `limit`, whether the operation minds its cancellation or not.
///
/// Unlike `withDeadline` this does not wait for the cancelled operation to end: it goes on alone. For
/// operations that have a bound of their own which is too long for the one who asks.
///
/// - Returns: `nil` when the time was over first.
package func within<Value: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async -> Value
) async -> Value? {
    let race = Race<Value>()
    let work = Task { race.finish(await operation()) }
    let timer = Task {
        try? await Task.sleep(for: limit)
        race.finish(nil)
    }
    let value = await race.value()
    timer.cancel()
    if value == nil { work.cancel() }
    return value
}

/// Keeps the first of two results.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value?, Never>)
        case done(Value?)
    }

    private let state = Mutex<State>(.open)

    func finish(_ value: Value?) {
        let waiting = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            switch state {
            case .open:
                state = .done(value)
                return nil
            case .awaited(let continuation):
                state = .done(value)
                return continuation
            case .done:
                return nil
            }
        }
        waiting?.resume(returning: value)
    }

    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Value?? in
                if case .done(let value) = state { return .some(value) }
                state = .awaited(continuation)
                return .none
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

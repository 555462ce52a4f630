import Foundation
import Synchronization

/// A value that many threads change and that a test waits on, each time with a bound.
///
/// Waiting is for an event, not for time to pass: every change is shown to every waiter at once.
package final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        /// Resumes the waiting task and returns true when the value is what it waits for.
        let satisfied: @Sendable (Value) -> Bool
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var value: Value
        var waiters: [UInt64: Waiter] = [:]
        var next: UInt64 = 0
    }

    private let state: Mutex<State>

    package init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    /// The value now.
    package var current: Value { state.withLock { $0.value } }

    /// Changes the value and wakes those who waited for what it is now.
    package func update(_ change: (inout Value) -> Void) {
        state.withLock { state in
            change(&state.value)
            for (id, waiter) in state.waiters where waiter.satisfied(state.value) {
                state.waiters[id] = nil
            }
        }
    }

    /// Waits until `pick` finds what it looks for, and returns that.
    ///
    /// - Throws: `WaitTimedOut`, naming `what`, when that does not happen in time.
    @discardableResult
    package func first<Found: Sendable>(
        _ what: String, within limit: Duration, where pick: @escaping @Sendable (Value) -> Found?
    ) async throws -> Found {
        try await withCheckedThrowingContinuation { continuation in
            let id: UInt64? = state.withLock { state in
                if let found = pick(state.value) {
                    continuation.resume(returning: found)
                    return nil
                }
                let id = state.next
                state.next += 1
                state.waiters[id] = Waiter(
                    satisfied: { value in
                        guard let found = pick(value) else { return false }
                        continuation.resume(returning: found)
                        return true
                    },
                    fail: { continuation.resume(throwing: $0) })
                return id
            }
            guard let id else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + limit.seconds) { [self] in
                let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
                waiter?.fail(WaitTimedOut(what: what, limit: limit))
            }
        }
    }
}

/// What did not happen in its time.
package struct WaitTimedOut: Error, CustomStringConvertible {
    package let what: String
    package let limit: Duration

    package var description: String { "waited \(limit) for \(what)" }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

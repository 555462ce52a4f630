internal import Dispatch
internal import Synchronization

/// Operations that cannot be cancelled, and that are left to themselves when they take too long.
package enum Abandon {
    private static let queue = DispatchQueue(label: "blocking", attributes: .concurrent)
    private static let timers = DispatchQueue(label: "abandon")

    /// Runs calls that may block, on a thread that nobody awaits anything on.
    ///
    /// Throws what `body` throws, or `DeadlineExceeded` after `limit`; `body` goes on then, and `late` gets its
    /// result, to undo it.
    package static func blocking<Result: Sendable>(
        after limit: Duration, _ operation: String, _ body: @escaping @Sendable () throws -> Result,
        late: @escaping @Sendable (Result) -> Void = { _ in }
    ) async throws -> Result {
        try await race(limit, operation, late) { finish in
            queue.async { finish(Swift.Result { try body() }) }
        }
    }

    /// Runs an operation whose answer to cancellation is not known.
    ///
    /// Throws what `body` throws, or `DeadlineExceeded` after `limit`; `body` is cancelled then, but not waited
    /// for.
    package static func task<Result: Sendable>(
        after limit: Duration, _ operation: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        defer { task.cancel() }
        return try await race(limit, operation, { _ in }) { finish in
            _ = Task { finish(await task.result) }
        }
    }

    private static func race<Result: Sendable>(
        _ limit: Duration, _ operation: String, _ late: @escaping @Sendable (Result) -> Void,
        _ start: (@escaping @Sendable (Swift.Result<Result, any Error>) -> Void) -> Void
    ) async throws -> Result {
        let (seconds, attoseconds) = limit.components
        let timer = DispatchSource.makeTimerSource(queue: timers)
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let first = Once(continuation)
            timer.schedule(
                deadline: .now()
                    + .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)))
            timer.setEventHandler {
                first.take()?.resume(throwing: DeadlineExceeded(operation: operation, limit: limit))
            }
            timer.activate()
            start { result in
                if let continuation = first.take() {
                    continuation.resume(with: result)
                } else if case .success(let value) = result {
                    late(value)
                }
            }
        }
    }

    /// A continuation for whoever comes first.
    private final class Once<Result: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Result, any Error>?>

        init(_ continuation: CheckedContinuation<Result, any Error>) {
            self.continuation = Mutex(continuation)
        }

        func take() -> CheckedContinuation<Result, any Error>? {
            continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
        }
    }
}

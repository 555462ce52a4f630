internal import Synchronization

/// An operation that did not end in its time.
package struct DeadlineExceeded: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done.
    package let operation: String
    package let limit: Duration

    package init(operation: String, limit: Duration) {
        self.operation = operation
        self.limit = limit
    }

    package var description: String { "\(operation): no answer within \(limit)" }
}

/// Runs an operation, cancels it after `limit`, and then throws `DeadlineExceeded`.
///
/// - Precondition: `body` ends soon once its task is cancelled, as every wait of `AsyncFD` does.
package func withDeadline<Result: Sendable>(
    _ limit: Duration, _ operation: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let task = Task { try await body() }
    let expired = Flag()
    let alarm = Alarm(after: limit) {
        expired.set()
        task.cancel()
    }
    defer { alarm.cancel() }
    do {
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    } catch  where expired.isSet {
        throw DeadlineExceeded(operation: operation, limit: limit)
    }
}

/// Something that has happened or not, as seen by several tasks.
private final class Flag: Sendable {
    private let value = Atomic(false)

    func set() { value.store(true, ordering: .releasing) }

    var isSet: Bool { value.load(ordering: .acquiring) }
}

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
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
            throw DeadlineExceeded(operation: operation, limit: limit)
        }
        return result
    }
}

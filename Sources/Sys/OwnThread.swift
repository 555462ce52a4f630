internal import Dispatch

/// Runs calls that may block on a thread that Swift concurrency does not need.
///
/// - Parameters:
///   - label: Names the queue, for debuggers.
///   - body: What to run; it must bound its waits, for it cannot be cancelled.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
package func onOwnThread<Result: Sendable>(
    _ label: String, _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: label).async { continuation.resume(with: Swift.Result(catching: body)) }
    }
}

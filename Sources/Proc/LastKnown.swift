internal import Synchronization
internal import Sys

/// A value that the sandbox is asked for again and again, and whose last answer stands in when the next one is late.
///
/// At most one question is under way, however many ask.
package final class LastKnown<Value: Sendable>: Sendable {
    private struct State {
        var last: Result<Value, any Error>?
        var question: Task<Void, Never>?
    }

    private let operation: String
    private let state = Mutex(State())

    /// - Parameter operation: What is asked for, in errors.
    package init(_ operation: String) { self.operation = operation }

    /// The last good answer.
    package var value: Value? { state.withLock { try? $0.last?.get() } }

    /// Asks, and answers within `limit`: with the new value, else with the last good one.
    ///
    /// - Throws: the sandbox's error or `DeadlineExceeded` when there has never been a good answer.
    package func ask(
        within limit: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let question = state.withLock { state -> Task<Void, Never> in
            if let question = state.question { return question }
            let question = Task { [self] in
                do {
                    answered(.success(try await body()))
                } catch {
                    answered(.failure(error))
                }
            }
            state.question = question
            return question
        }
        _ = await within(limit) { await question.value }
        guard let last = state.withLock({ $0.last }) else {
            throw DeadlineExceeded(operation: operation, limit: limit)
        }
        return try last.get()
    }

    private func answered(_ answer: Result<Value, any Error>) {
        state.withLock { state in
            state.question = nil
            if case .failure = answer, case .success = state.last { return }
            state.last = answer
        }
    }
}

import Proc
import Synchronization
import Testing

/// Expects an error of the process layer, by its kind and message.
@discardableResult
func expect(
    _ kind: ProcessError.Kind, _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> ProcessError? {
    do {
        try await body()
        Issue.record("nothing was thrown, expected \"\(message)\"", sourceLocation: sourceLocation)
        return nil
    } catch {
        let error = error as? ProcessError
        #expect(error?.message == message, sourceLocation: sourceLocation)
        #expect(error?.kind == kind, sourceLocation: sourceLocation)
        return error
    }
}

/// An operation that fails when it is first tried.
final class FailFirst: Sendable {
    struct Failure: Error {}

    private let tried = Mutex(false)

    func next() throws {
        let first = tried.withLock { tried in
            defer { tried = true }
            return !tried
        }
        if first { throw Failure() }
    }
}

/// Runs to its end whatever becomes of the calling task, and gives its outcome then.
///
/// For a clean-up: the waits of one that is cancelled end at once, and what they were for is left behind. And for a request
/// that cannot be called back.
package func shielded<Result: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () async throws(Failure) -> Result
) async throws(Failure) -> Result {
    let task = Task { () async -> Swift.Result<Result, Failure> in
        do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
    }
    return try await task.value.get()
}

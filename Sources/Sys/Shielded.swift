/// Runs to its end whatever becomes of the calling task, and returns then.
///
/// For a clean-up: the waits of one that is cancelled end at once, and what they were for is left behind.
package func shielded(_ body: @escaping @Sendable () async -> Void) async {
    await Task { await body() }.value
}

internal import Dispatch

/// Runs a closure once after a time, unless it is cancelled before.
///
/// Not a sleeping task: a cancelled `Task.sleep` stays in the executor's queue until its time, and a call that
/// ends in a millisecond may well have a limit of minutes.
// Dispatch sources are thread-safe, but their protocol does not say so.
package final class Alarm: @unchecked Sendable {
    private static let queue = DispatchQueue(label: "deadlines")
    /// More than any caller means; keeps the sum with the clock from overflowing.
    private static let longest = Duration.seconds(366 * 24 * 3600)

    private let timer: any DispatchSourceTimer

    /// - Parameters:
    ///   - delay: Counted from now.
    ///   - body: Runs on a queue that all timers share, so it must not block.
    package init(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: Self.queue)
        let (seconds, attoseconds) = min(delay, Self.longest).components
        timer.schedule(
            deadline: .now() + .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)))
        timer.setEventHandler(handler: body)
        timer.activate()
    }

    deinit { timer.cancel() }

    package func cancel() { timer.cancel() }
}

internal import Dispatch
internal import Glibc

/// Takes signals of this process instead of their default action, for as long as it lives.
// Dispatch sources are thread-safe, but their protocol does not say so.
package final class SignalWatch: @unchecked Sendable {
    private static let queue = DispatchQueue(label: "signals")
    private let sources: [any DispatchSourceSignal]

    /// Watches for signals; `body` gets their numbers, on a queue of its own.
    package init(_ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void) {
        sources = signals.map { signal in
            Glibc.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: Self.queue)
            source.setEventHandler { body(signal) }
            source.activate()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}

internal import Dispatch
internal import Glibc

/// Takes signals of this process instead of their default action, for as long as it lives.
// Dispatch sources are thread-safe, but their protocol does not say so.
package final class SignalWatch: @unchecked Sendable {
    private static let queue = DispatchQueue(label: "signals")
    private let sources: [any DispatchSourceSignal]

    private init(_ sources: [any DispatchSourceSignal]) { self.sources = sources }

    deinit { for source in sources { source.cancel() } }

    /// Watches for signals, whose numbers go to `body`, on a queue of its own.
    ///
    /// Returns once the watch has begun: no signal that is sent later is missed.
    package static func begin(
        _ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void
    ) async -> SignalWatch {
        var sources: [any DispatchSourceSignal] = []
        for signal in signals {
            Glibc.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: queue)
            source.setEventHandler { body(signal) }
            await withCheckedContinuation { continuation in
                source.setRegistrationHandler { continuation.resume() }
                source.activate()
            }
            sources.append(source)
        }
        return SignalWatch(sources)
    }
}

import Sys

extension RunscContainer {
    /// Sends a signal.
    ///
    /// A SIGKILL that the Sentry does not deliver in time kills the Sentry.
    package func signal(_ signal: Int32, to target: SignalTarget) async throws {
        let isKill = signal == Signal.kill
        do {
            try await describing("signal \(signal)") {
                try await sandbox.sentry.signal(
                    signal, in: id, to: target, bound: isKill ? Self.killBound : Sentry.answerBound)
            }
        } catch is DeadlineExceeded where isKill {
            sandbox.kill()
        }
    }
}

import OCI
import Sys

/// One Sentry process and the way to talk to it.
///
/// All containers of a pod share one.
package final class Sandbox: Sendable {
    /// The bound on a Sentry's start, from its clone until its control server answers.
    static let startBound: Duration = .seconds(30)

    package let id: String
    package let sentry: Sentry
    let boot: ChildProcess
    let control: ControlSocket
    let errors: Diagnostics
    /// What the root container was launched with: subcontainers get the same configuration.
    let launch: Launch

    init(_ launched: LaunchedBoot, launch: Launch) {
        id = launch.id
        boot = launched.process
        control = launched.control
        errors = launched.errors
        self.launch = launch
        sentry = Sentry(
            client: ControlClient(addresses: launched.control.addresses), contract: launch.contract)
    }

    /// Waits until the control server answers.
    ///
    /// - Throws: an error with the last words of the processes when they ended instead.
    static func awaitReady(_ boot: LaunchedBoot, gofer: LaunchedGofer) async throws {
        let sync = try AsyncFD(boot.startSync)
        defer { sync.close() }
        do {
            try await withDeadline(startBound, "start of the sandbox") {
                try await Trace.awaiting("the Sentry's exec") { try await boot.process.executed() }
                try await Trace.awaiting("the gofer's exec") { try await gofer.process.executed() }
                try await Trace.awaiting("the Sentry gets ready") {
                    if try await sync.read(upTo: 1).isEmpty {
                        throw RuntimeError(.failed, "the sandbox ended before it was ready")
                    }
                }
            }
        } catch let error as SpawnError {
            throw error
        } catch {
            throw RuntimeError(.failed, await lastWords(boot, gofer), cause: error)
        }
    }

    /// What the processes said before they ended, which may be a moment from now.
    private static func lastWords(_ boot: LaunchedBoot, _ gofer: LaunchedGofer) async -> String {
        var words: [String] = []
        // A failed Sentry stays for two seconds, for a client to ask it why. The gofer ends with the Sentry, or has
        // ended before it and is the cause.
        for (name, process, errors, patience) in [
            ("runsc boot", boot.process, boot.errors, Duration.seconds(3)),
            ("runsc gofer", gofer.process, gofer.errors, .milliseconds(200)),
        ] {
            let status = try? await withDeadline(patience, name) { try await process.wait() }
            guard let status else { continue }
            let said = errors.summary()
            let how = status.signal.map { "was killed by signal \($0)" } ?? "exited with \(status.exitCode)"
            words.append(said.isEmpty ? "\(name) \(how)" : "\(name) \(how): \(said)")
        }
        return words.isEmpty ? "the sandbox did not start" : words.joined(separator: "; ")
    }

    /// How the Sentry ended, when its control socket says that it is gone: the kernel closes a dying process's sockets
    /// a moment before its parent can see the end.
    func endStatus() async -> WaitStatus? {
        try? await withDeadline(.milliseconds(500), "end of the sandbox") { [boot] in try await boot.wait() }
    }

    /// Ends the Sentry's process, at once.
    func kill() { boot.kill(Signal.kill) }
}

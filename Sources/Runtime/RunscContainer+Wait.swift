import Sys

extension RunscContainer {
    /// How often a Sentry may fail to say how a process ended before it is taken for broken.
    private static let waitAttempts = 4
    private static let unknown: UInt32 = 255

    /// Asks the Sentry for the end of a process until it has told, or is gone itself.
    ///
    /// A Sentry that lives but does not hold such a call open cannot tell anything of its containers any more; so that
    /// nobody waits for ever, it is killed, which is an end that its parent sees.
    ///
    /// - Returns: `nil` when the sandbox has ended: its own end tells then.
    func askForEnd(_ what: String, _ ask: () async throws -> WaitStatus) async -> ContainerExit? {
        var failures = 0
        while sandbox.boot.status == nil {
            do {
                let status = try await ask()
                return ContainerExit(code: status.exitCode, time: Kernel.realTime())
            } catch ControlError.refused(_, let reason) {
                if await sandboxEnds(within: .milliseconds(200)) { return nil }
                warn("wait for \(what) of container \(id): \(reason); its exit code is not known")
                return ContainerExit(code: Self.unknown, time: Kernel.realTime())
            } catch {
                if !isOfThisHost(error) { failures += 1 }
                if failures == Self.waitAttempts {
                    killSandbox(
                        because: RuntimeError(.failed, "wait for \(what) of container \(id)", cause: error))
                    return nil
                }
                // Its death looks like this too; else it gets time to recover.
                if await sandboxEnds(within: .milliseconds(200 << max(failures, 1))) { return nil }
            }
        }
        return nil
    }

    /// Waits for the end of the Sentry's process, but not long.
    func sandboxEnds(within limit: Duration) async -> Bool {
        if sandbox.boot.status != nil { return true }
        let status = try? await withDeadline(limit, "end of the sandbox") { [sandbox] in
            try await sandbox.boot.wait()
        }
        return status != nil
    }
}

/// Whether the shim had no descriptor or memory left to ask: no fault of the Sentry.
private func isOfThisHost(_ error: any Error) -> Bool {
    if case .unreachable(_, let error) = error as? ControlError {
        return ![.noEntry, .connectionRefused].contains(error.code)
    }
    return error is SysError
}

import Sys

extension RunscContainer {
    /// Sends a signal.
    ///
    /// A SIGKILL that the Sentry does not deliver in time, or cannot be asked for, kills the Sentry.
    package func signal(_ signal: Int32, to target: SignalTarget) async throws {
        try await shielded { [self] in try await send(signal, to: target) }
    }

    private func send(_ signal: Int32, to target: SignalTarget) async throws {
        let isKill = signal == Signal.kill
        let bounds = launch.configuration.bounds
        do {
            try await describing("signal \(signal)") {
                do {
                    try await sandbox.sentry.signal(signal, in: id, to: target, bound: bounds.kill)
                } catch let error as DeadlineExceeded where !isKill {
                    // As for a process that is stopped, it is on its way. Whoever gets an error here never comes to SIGKILL:
                    // kubelets stop a pod by way of SIGTERM each time.
                    warn("signal \(signal) of container \(id): \(error)")
                }
            }
            if isKill && (target == .initProcess || target == .all) {
                noteKill()
                expectEnd()
            }
        } catch let error as RuntimeError where isKill && sandbox.boot.status == nil {
            // A sandbox ends with its root container anyway, and one that is being restored is of no use without any of
            // its containers; else the others do not go because of a refusal.
            let endsSandbox =
                (isRoot || checkpoint != nil && error.saysNotStarted)
                && (target == .initProcess || target == .all) && error.kind != .notFound
            guard endsSandbox || !error.isAnswerOfSentry else { throw error }
            killSandbox(because: error)
        }
    }

    /// Sees to it that a container which was killed ends: a Sentry can get stuck on the way, or fail to tell.
    private func expectEnd() {
        Task { [self] in
            // Who is paused does not end; runc's container is continued, too, for a SIGKILL.
            let isPaused = await (try? status()) == .paused
            let isToGoOn = sandbox.pause.begin(isPausedByOthers: isPaused)
            _ = try? await withDeadline(launch.configuration.bounds.end, "end") {
                if isToGoOn { try? await self.sandbox.sentry.resume() }
                _ = try await self.exit.wait()
            }
            if sandbox.pause.end(), !isRoot { try? await sandbox.sentry.pause() }
            guard exit.value == nil, sandbox.boot.status == nil else { return }
            killSandbox(because: RuntimeError(.failed, "container \(id) does not end by SIGKILL"))
        }
    }

    /// Ends a Sentry that cannot be worked with any more, and with it all its containers.
    func killSandbox(because error: RuntimeError) {
        let threads = HangReport.threads(of: sandbox.boot.pid)
        warn("\(error); sandbox \(sandbox.id), process \(sandbox.boot.pid), is killed; it had \(threads)")
        sandbox.kill()
    }
}

extension RuntimeError {
    /// Whether it is what the Sentry said, and so the end of the matter.
    var isAnswerOfSentry: Bool {
        guard let cause = cause as? ControlError else { return false }
        if case .refused = cause { return true }
        return false
    }

    /// Whether the Sentry waits for containers before it starts any: it says so of those that it restores.
    fileprivate var saysNotStarted: Bool {
        guard case .refused(_, let reason) = cause as? ControlError else { return false }
        return reason.hasSuffix("not started")
    }
}

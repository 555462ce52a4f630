internal import Runtime
internal import Sys

extension InitProcess {
    /// Sends a signal to the process, or to all of the container; with 0 only tells whether it is there, as kill(2).
    ///
    /// A container that was never started has nobody to handle a signal: one that ends a process by default
    /// ends the container.
    ///
    /// - Throws: `ProcessError`, `notFound` once the process has ended.
    package func kill(_ signal: UInt32, all: Bool) async throws {
        guard let number = Int32(exactly: signal), (0...64).contains(number) else {
            throw ProcessError(.invalid, "signal \(signal): expected 0 to 64")
        }
        // The start's own bound may be long; a signal that comes too early is refused by the sandbox.
        _ = await within(.seconds(2)) { await self.leaves(.starting) }
        if phase == .starting && number == Signal.kill {
            // The start hangs, and with it whoever could take the signal. It fails when its container goes.
            killer = number
            try? await container.destroy()
            return
        }
        try phase.check(.kill, .container)
        if exit.value != nil || ending { throw ProcessError(.notFound, "process already finished") }
        if phase == .killing || number == 0 { return }
        if phase == .created && Self.ending.contains(number) {
            try await killCreated(number)
            return
        }
        signals += 1
        defer { signalArrived() }
        do {
            try await container.signal(number, to: all ? .all : .initProcess)
        } catch {
            throw killError(error, finished: exit.value != nil || ending)
        }
    }

    private static let ending = [
        Signal.hangup, Signal.interrupt, Signal.quit, Signal.kill, Signal.terminate,
    ]

    private func signalArrived() {
        signals -= 1
        guard signals == 0 else { return }
        for waiting in signalWaiters { waiting.resume() }
        signalWaiters = []
    }

    /// Waits for the answers to those who have sent a signal: that of containerd 1.6 which hears of the end first closes the
    /// connection, and then has its own call fail.
    func signalsArrive() async {
        guard signals > 0 else { return }
        _ = await within(.milliseconds(200)) { await self.untilSignalsArrived() }
    }

    private func untilSignalsArrived() async {
        guard signals > 0 else { return }
        await withCheckedContinuation { signalWaiters.append($0) }
    }

    private func killCreated(_ signal: Int32) async throws {
        try advance(.kill)
        killer = signal
        do {
            try await container.destroy()
        } catch {
            guard phase == .killing && !ending else { return }
            killer = nil
            try advance(.killFailed)
            throw ProcessError("OCI runtime kill failed", cause: error)
        }
        await exited(ContainerExit(code: 128 + UInt32(signal), time: Kernel.realTime()))
        try? await untilExit()
    }
}

/// The error of a signal that could not be sent.
func killError(_ error: any Error, finished: Bool) -> ProcessError {
    if finished || (error as? RuntimeError)?.kind == .notFound {
        return ProcessError(.notFound, "process already finished", cause: error)
    }
    return ProcessError("OCI runtime kill failed", cause: error)
}

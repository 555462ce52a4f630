internal import Runtime

extension InitProcess {
    /// Stops all processes of the sandbox.
    package func pause() async throws {
        try phase.check(.pause, .container)
        try advance(.pause)
        do {
            try await container.pause()
        } catch {
            if phase == .pausing { try advance(.pauseFailed) }
            throw ProcessError("OCI runtime pause failed", cause: error)
        }
        guard phase == .pausing else { throw ProcessError(.notFound, "process already finished") }
        try advance(.pauseSucceeded)
        events(.paused)
    }

    /// Continues all processes of the sandbox.
    package func resume() async throws {
        try phase.check(.resume, .container)
        try advance(.resume)
        do {
            try await container.resume()
        } catch {
            if phase == .resuming { try advance(.resumeFailed) }
            throw ProcessError("OCI runtime resume failed", cause: error)
        }
        guard phase == .resuming else { throw ProcessError(.notFound, "process already finished") }
        try advance(.resumeSucceeded)
        events(.resumed)
    }
}

internal import Runtime

extension InitProcess {
    /// Saves the sandbox into the directory of an image.
    ///
    /// - Parameters:
    ///   - imagePath: made if it is missing; must not have an image yet.
    ///   - exit: whether the container ends with the success; its end is then reported as any other.
    /// - Throws: `ProcessError`; no image is there then.
    package func checkpoint(to imagePath: String, exit: Bool) async throws {
        try phase.check(.checkpoint, .container)
        do {
            try await container.checkpoint(to: imagePath, leaveRunning: !exit)
        } catch {
            throw ProcessError("OCI runtime checkpoint failed", cause: error)
        }
        events(.checkpointed(image: imagePath))
    }
}

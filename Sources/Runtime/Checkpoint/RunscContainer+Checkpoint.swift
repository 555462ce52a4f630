import OCI
import Sys

extension RunscContainer {
    /// Saves the whole sandbox, whichever of its containers is asked.
    ///
    /// Without `leaveRunning` all its processes have ended with the success, as the stock command has it. It is carried out
    /// when its caller goes away.
    package func checkpoint(to imagePath: String, leaveRunning: Bool) async throws {
        let contract = launch.contract
        guard contract.savesWhileRunning || !leaveRunning else {
            throw RuntimeError(
                .unsupported,
                "checkpoint of container \(id) that leaves it running: not supported by runsc \(contract.version)"
            )
        }
        guard contract.restoresSubcontainers || sandbox.members.count == 1 else {
            // It would end the sandbox for an image that has the root container alone.
            throw RuntimeError(
                .unsupported,
                "checkpoint of sandbox \(sandbox.id) with \(sandbox.members.count) containers: "
                    + "not supported by runsc \(contract.version)")
        }
        guard launch.network != .host else {
            throw RuntimeError(
                .unsupported, "checkpoint of container \(id): not supported with the host's network")
        }
        // The Sentry saves and ends whether its caller waits or not; without the image everything would be lost.
        try await shielded { [self] in
            try await save(into: CheckpointImage(directory: imagePath), leaveRunning: leaveRunning)
        }
    }

    private func save(into image: CheckpointImage, leaveRunning: Bool) async throws {
        let state = try image.makeState()
        do {
            try await describing("checkpoint") {
                try await sandbox.sentry.checkpoint(to: state, leaveRunning: leaveRunning)
            }
        } catch {
            image.removeState()
            throw error
        }
        guard !leaveRunning else { return }
        // Processes that are stopped cannot end; what was to be kept of them is in the image.
        if case .paused? = try? await status() { sandbox.kill() }
    }

    /// Refuses, before anything is made, what no start could restore.
    static func checkRestore(_ checkpoint: String?, joining: Bool, _ contract: Contract) throws(RuntimeError)
    {
        guard let checkpoint else { return }
        guard contract.restoresSubcontainers || !joining else {
            throw RuntimeError(
                .unsupported,
                "restore of a container into a running sandbox: not supported by runsc \(contract.version)")
        }
        try CheckpointImage(directory: checkpoint).check(for: contract)
    }

    /// Fills the new sandbox with a saved one's processes.
    ///
    /// A Sentry that failed half-way is of no use to anybody, and is ended.
    func restoreRoot(from imagePath: String) async throws {
        do {
            let files = try CheckpointImage(directory: imagePath).open()
            let device = try launch.configuration.platformDevice(launch.contract)
            try await describing("restore from \(imagePath)") {
                try await sandbox.sentry.restore(sandbox.id, from: files, device: device)
            }
        } catch {
            sandbox.kill()
            throw error
        }
    }
}

extension Sentry {
    /// The bound on saving and restoring a sandbox, whose memory goes to and from a disk.
    static let imageBound: Duration = .seconds(600)

    /// Saves the sandbox's state.
    func checkpoint(to state: OwnedFD, leaveRunning: Bool) async throws {
        let argument: JSONValue = [
            "key": nil,
            "metadata": [
                "compression": "flate-best-speed", CheckpointImage.versionKey: .string(contract.version),
            ],
            "MemoryFileSaveOpts": ["ExcludeCommittedZeroPages": false],
            "have_pages_file": false,
            "Resume": .bool(leaveRunning),
        ]
        try await client.call(
            "containerManager.Checkpoint", argument, descriptors: [state], deadline: Self.imageBound)
    }

    /// Restores the root container of a sandbox, and with it the sandbox; where that had more containers, once
    /// the last of them has been restored.
    ///
    /// - Parameter device: the platform's, if it has one: the Sentry makes its platform anew.
    func restore(_ id: String, from image: CheckpointImage.Files, device: OwnedFD?) async throws {
        guard contract.savesWhileRunning || !image.hasPages else {
            throw RuntimeError(
                .unsupported, "images with page files: not supported by runsc \(contract.version)")
        }
        let argument: JSONValue = [
            "SandboxID": .string(id), "HavePagesFile": .bool(image.hasPages),
            "HaveDeviceFile": .bool(device != nil),
        ]
        try await client.call(
            "containerManager.Restore", argument,
            descriptors: image.descriptors + (device.map { [$0] } ?? []),
            deadline: Self.imageBound)
    }

    /// Restores a container that joins a sandbox which is being restored.
    func restoreSubcontainer(_ arguments: JSONValue, _ descriptors: [OwnedFD]) async throws {
        try await client.call(
            "containerManager.RestoreSubcontainer", arguments, descriptors: descriptors,
            deadline: Self.imageBound)
    }
}

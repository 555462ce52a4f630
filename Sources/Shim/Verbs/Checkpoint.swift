internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// Saves the sandbox of a container into a directory that containerd names.
    ///
    /// Of the options only the one to exit means something to gVisor; the others are CRIU's.
    func checkpoint(_ request: CheckpointTaskRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        guard !request.path.isEmpty else {
            throw ProcessError(.invalid, "checkpoint of container \(request.id): expected a path")
        }
        let options = try request.options?.unpack(as: RuncCheckpointOptions.self) ?? RuncCheckpointOptions()
        try await container.checkpoint(to: request.path, exit: options.exit)
        return Empty()
    }
}

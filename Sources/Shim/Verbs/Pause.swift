internal import Messages
internal import Proc

extension TaskService {
    /// Stops all processes of the sandbox.
    func pause(_ request: PauseRequest) async throws -> Empty {
        try await registry.container(request.id).pause()
        return Empty()
    }
}

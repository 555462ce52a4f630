internal import Messages
internal import Proc

extension TaskService {
    /// Continues all processes of the sandbox.
    func resume(_ request: ResumeRequest) async throws -> Empty {
        try await registry.container(request.id).resume()
        return Empty()
    }
}

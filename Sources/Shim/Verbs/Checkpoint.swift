internal import Messages
internal import Proc
internal import TTRPC

extension TaskService {
    /// Is not offered.
    func checkpoint(_ request: CheckpointTaskRequest) async throws -> Empty {
        _ = try await registry.container(request.id)
        throw Status(.unimplemented, "checkpoint of container \(request.id): not supported")
    }
}

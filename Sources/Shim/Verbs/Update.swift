internal import Messages
internal import OCI
internal import Proc
internal import Runtime

extension TaskService {
    /// Changes the limits of a container.
    func update(_ request: UpdateTaskRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        guard let resources = request.resources else {
            throw ProcessError(.invalid, "update of container \(request.id): no resources")
        }
        try await container.update(Spec.LinuxResources.parse(resources.value))
        return Empty()
    }
}

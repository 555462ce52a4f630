internal import Messages
internal import Proc

extension TaskService {
    /// Ends the shim if no container is left.
    ///
    /// containerd asks once for each container, so while there are others it is as good as done. By the id of a
    /// sandbox it asks if it knows nothing of that any more.
    func shutdown(_ request: ShutdownRequest) async throws -> Empty {
        if let sandbox = await registry.sandbox, sandbox.id == request.id {
            _ = try await sandboxes.shutdown(ShutdownSandboxRequest(sandboxID: request.id))
        }
        if await registry.closeIfEmpty() { end.open() }
        return Empty()
    }
}

internal import Messages
internal import Proc

extension TaskService {
    /// Ends the shim if no container is left.
    ///
    /// containerd asks once for each container, so while there are others it is as good as done.
    func shutdown(_ request: ShutdownRequest) async throws -> Empty {
        if await registry.closeIfEmpty() { end.open() }
        return Empty()
    }
}

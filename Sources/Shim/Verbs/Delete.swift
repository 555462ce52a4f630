internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// Releases what a process has; with the init process, the container.
    func delete(_ request: DeleteRequest) async throws -> DeleteResponse {
        let container = try await registry.container(request.id)
        guard request.execID.isEmpty else {
            let exec = try await container.deleteExec(request.execID)
            return DeleteResponse(
                pid: UInt32(await exec.pid), exitStatus: exec.exit.value?.code ?? 0,
                exitedAt: exec.exit.value?.timestamp)
        }
        // With the answer the id is free, and what is heard of it later is taken for its next container's.
        await environment.publisher.catchUp(within: .seconds(1))
        let exit = try await container.delete()
        await registry.remove(request.id)
        return DeleteResponse(
            pid: UInt32(container.pid), exitStatus: exit.code, exitedAt: exit.timestamp)
    }
}

internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// Waits for the end of a process, however long it takes.
    func wait(_ request: WaitRequest) async throws -> WaitResponse {
        let container = try await registry.container(request.id)
        let record = request.execID.isEmpty ? container.exit : try await container.exec(request.execID).exit
        let exit = try await record.wait()
        return WaitResponse(exitStatus: exit.code, exitedAt: exit.timestamp)
    }
}

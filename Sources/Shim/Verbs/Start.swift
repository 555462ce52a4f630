internal import Messages
internal import Proc

extension TaskService {
    /// Runs a process that was created.
    func start(_ request: StartRequest) async throws -> StartResponse {
        let container = try await registry.container(request.id)
        guard !request.execID.isEmpty else {
            try await container.start()
            return StartResponse(pid: UInt32(container.pid))
        }
        let exec = try await container.exec(request.execID)
        try await exec.start()
        return StartResponse(pid: UInt32(await exec.pid))
    }
}

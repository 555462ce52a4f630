internal import Messages
internal import Proc
internal import Sys

extension TaskService {
    /// Who answers here, and a container's process id, which is 0 before the shim's first container.
    ///
    /// A containerd that starts anew asks this of each shim that it finds, and for a sandbox as well, though that is no task.
    /// 1.6 asks nothing else, takes any answer for a task that is there, and never ends a shim that has none any more: so what
    /// was deleted is not found, and containerd clears it away. Without an id it is only asked who answers.
    func connect(_ request: ConnectRequest) async throws -> ConnectResponse {
        ConnectResponse(
            shimPid: UInt32(Kernel.pid), taskPid: UInt32(try await taskPid(request.id)),
            version: ShimVersion.version)
    }

    private func taskPid(_ id: String) async throws -> Int32 {
        if let sandbox = await registry.sandbox, sandbox.id == id { return sandbox.process.pid }
        if id.isEmpty { return 0 }
        return await registry.isUnused ? 0 : try await registry.container(id).pid
    }
}

internal import Messages
internal import Proc
internal import Sys

extension TaskService {
    /// Who answers here; a container that is not known has no process id.
    ///
    /// A containerd that starts anew asks for the sandbox as well, though that is no task.
    func connect(_ request: ConnectRequest) async throws -> ConnectResponse {
        let container = try? await registry.container(request.id)
        let process = if let container { container } else { try? await registry.sandbox(request.id).process }
        return ConnectResponse(
            shimPid: UInt32(Kernel.pid), taskPid: UInt32(process?.pid ?? 0), version: ShimVersion.version)
    }
}

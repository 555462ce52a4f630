internal import Messages
internal import Proc
internal import Sys

extension TaskService {
    /// Who answers here; a container that is not known has no process id.
    func connect(_ request: ConnectRequest) async throws -> ConnectResponse {
        let container = try? await registry.container(request.id)
        return ConnectResponse(
            shimPid: UInt32(Kernel.pid), taskPid: UInt32(container?.pid ?? 0), version: ShimVersion.version)
    }
}

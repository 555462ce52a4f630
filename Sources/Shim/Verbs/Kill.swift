internal import Messages
internal import Proc

extension TaskService {
    /// Sends a signal to a process, or to all of a container.
    func kill(_ request: KillRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        if request.execID.isEmpty {
            try await container.kill(request.signal, all: request.all)
        } else {
            try await container.exec(request.execID).kill(request.signal)
        }
        return Empty()
    }
}

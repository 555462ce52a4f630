internal import Messages
internal import Proc

extension TaskService {
    /// Lets a process see the end of its input.
    ///
    /// There is no other stream to close, whatever the request says.
    func closeIO(_ request: CloseIORequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        if request.execID.isEmpty {
            await container.closeInput()
        } else {
            try await container.exec(request.execID).closeInput()
        }
        return Empty()
    }
}

internal import Messages
internal import Proc

extension TaskService {
    /// Sets the size of a process' terminal; one without a terminal has none to set.
    func resizePty(_ request: ResizePtyRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        let (width, height) = (UInt16(clamping: request.width), UInt16(clamping: request.height))
        if request.execID.isEmpty {
            try await container.resize(width: width, height: height)
        } else {
            try await container.exec(request.execID).resize(width: width, height: height)
        }
        return Empty()
    }
}

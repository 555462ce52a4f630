internal import Messages
internal import Proc
internal import Runtime
internal import Sys

extension TaskService {
    /// Sends a signal to a process, or to all of a container.
    func kill(_ request: KillRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        do {
            if request.execID.isEmpty {
                try await container.kill(request.signal, all: request.all)
            } else {
                try await container.exec(request.execID).kill(request.signal)
            }
        } catch let error as ProcessError where isAsGoodAsDone(request, error) {}
        return Empty()
    }

    /// CRI-O takes it for a failure that a process has ended before the signal, and stops no pod with such a one.
    private func isAsGoodAsDone(_ request: KillRequest, _ error: ProcessError) -> Bool {
        !environment.hasContainerd && error.kind == .notFound
            && [Signal.kill, Signal.terminate].contains(Int32(truncatingIfNeeded: request.signal))
    }
}

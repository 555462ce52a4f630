internal import Messages
internal import Proc
internal import Runtime
internal import Sys

extension TaskService {
    /// Sends a signal to a process, or to all of a container.
    func kill(_ request: KillRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        let exec = request.execID.isEmpty ? nil : try await container.exec(request.execID)
        do {
            if let exec {
                try await exec.kill(request.signal)
            } else {
                try await container.kill(request.signal, all: request.all)
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

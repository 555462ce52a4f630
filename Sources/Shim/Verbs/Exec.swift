internal import Messages
internal import OCI
internal import Proc
internal import Runtime

extension TaskService {
    /// Adds a process to a container; Start runs it.
    func exec(_ request: ExecProcessRequest) async throws -> Empty {
        let container = try await registry.container(request.id)
        guard !request.execID.isEmpty else { throw ProcessError(.invalid, "exec id: empty") }
        guard let spec = request.spec else {
            throw ProcessError(.invalid, "exec \(request.execID): no process spec")
        }
        _ = try await container.exec(
            request.execID, Spec.Process.parse(spec.value),
            stdio: StdioPaths(
                stdin: request.stdin, stdout: request.stdout, stderr: request.stderr,
                terminal: request.terminal, namespace: environment.namespace))
        return Empty()
    }
}

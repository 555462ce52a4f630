internal import Messages
internal import Proc
internal import Runtime

extension SandboxService {
    /// Waits for the end of the sandbox, however long it takes.
    func wait(_ request: WaitSandboxRequest) async throws -> WaitSandboxResponse {
        let exit = try await registry.sandbox(request.sandboxID).process.exit.wait()
        return WaitSandboxResponse(exitStatus: exit.code, exitedAt: exit.timestamp)
    }
}

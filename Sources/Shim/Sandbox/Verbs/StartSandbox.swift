internal import Messages
internal import Proc

extension SandboxService {
    /// Runs the process of the root container: from here on others can join.
    func start(_ request: StartSandboxRequest) async throws -> StartSandboxResponse {
        let sandbox = try await registry.sandbox(request.sandboxID)
        try await sandbox.process.start()
        return StartSandboxResponse(pid: UInt32(sandbox.process.pid), createdAt: sandbox.createdAt)
    }
}

internal import Messages
internal import Proc
internal import Runtime

extension SandboxService {
    /// Whether the sandbox lives.
    func ping(_ request: PingRequest) async throws -> PingResponse {
        let sandbox = try await registry.sandbox(request.sandboxID)
        guard sandbox.process.exit.value == nil else {
            throw ProcessError(.failedPrecondition, "sandbox \(sandbox.id) has ended")
        }
        return PingResponse()
    }
}

internal import Messages
internal import Proc
internal import Runtime
internal import Sys

extension SandboxService {
    /// What the sandbox uses, all its containers together.
    func metrics(_ request: SandboxMetricsRequest) async throws -> SandboxMetricsResponse {
        let sandbox = try await registry.sandbox(request.sandboxID)
        guard sandbox.process.exit.value == nil else {
            throw ProcessError(.failedPrecondition, "sandbox \(sandbox.id) has ended")
        }
        return SandboxMetricsResponse(
            metrics: Metric(
                timestamp: Timestamp(nanosecondsSinceEpoch: Kernel.realTime()), id: sandbox.id,
                data: AnyMessage(
                    sandbox.process.sandboxStatistics(), unified: environment.unifiedCgroups())))
    }
}

internal import Messages
internal import Proc
internal import Runtime
internal import Sys

extension SandboxService {
    /// More than anybody waits for.
    private static let patience: UInt32 = 600
    /// The kill and what follows when it is not obeyed, each of which has a bound of its own, are shorter.
    private static let bound = Duration.seconds(20)

    /// Ends the sandbox with all its containers.
    ///
    /// Within the time of the request they may end by themselves, after a SIGTERM; without any, or after it, they are
    /// killed. A sandbox that has ended is as good as stopped.
    func stop(_ request: StopSandboxRequest) async throws -> StopSandboxResponse {
        let sandbox = try await registry.sandbox(request.sandboxID)
        if request.timeoutSecs > 0, sandbox.process.exit.value == nil {
            await terminateContainers(within: .seconds(min(request.timeoutSecs, Self.patience)))
        }
        try await kill(sandbox)
        return StopSandboxResponse()
    }

    private func terminateContainers(within limit: Duration) async {
        let containers = await registry.containers.filter { $0.exit.value == nil }
        _ = await within(limit) {
            // One that has just ended, or was never started and so ends by this, is nothing to wait for.
            for container in containers { try? await container.kill(UInt32(Signal.terminate), all: false) }
            for container in containers { _ = try? await container.exit.wait() }
        }
    }

    /// Kills the sandbox, and returns when it has ended.
    func kill(_ sandbox: PodSandbox) async throws {
        let process = sandbox.process
        do {
            if process.exit.value == nil { try await process.kill(UInt32(Signal.kill), all: true) }
        } catch let error as ProcessError where error.kind == .notFound {
            // It has ended meanwhile.
        }
        guard await within(Self.bound, { try? await process.exit.wait() }) != nil else {
            throw ProcessError(.failed, "sandbox \(sandbox.id) does not end by SIGKILL")
        }
    }
}

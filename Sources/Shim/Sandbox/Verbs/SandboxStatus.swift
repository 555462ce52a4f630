internal import Messages
internal import OCI
internal import Proc
internal import Runtime
internal import Sys

extension SandboxService {
    /// Where the sandbox is in its life; answered from what is known here, never by the Sentry.
    func status(_ request: SandboxStatusRequest) async throws -> SandboxStatusResponse {
        let sandbox = try await registry.sandbox(request.sandboxID)
        let process = sandbox.process
        let status = await process.status
        let isReady = [.running, .pausing, .paused].contains(status)
        return SandboxStatusResponse(
            sandboxID: sandbox.id, pid: UInt32(process.pid),
            state: isReady ? "SANDBOX_READY" : "SANDBOX_NOTREADY",
            info: request.verbose ? ["info": try Self.info(process, status)] : [:],
            createdAt: sandbox.createdAt, exitedAt: process.exit.value?.timestamp)
    }

    /// The details for people, with the names that containerd's own sandboxes have for them.
    private static func info(_ process: InitProcess, _ status: ProcessStatus) throws -> String {
        var info: JSONValue = [
            "pid": JSONValue(process.pid), "processStatus": .string(status.rawValue),
            "runtimeType": .string(ShimVersion.runtimeName),
        ]
        if let bytes = try? File.read(process.bundle + "/config.json") {
            info["runtimeSpec"] = try? JSONValue.parse(bytes)
        }
        return String(decoding: try info.serialised(sortedKeys: true), as: UTF8.self)
    }
}

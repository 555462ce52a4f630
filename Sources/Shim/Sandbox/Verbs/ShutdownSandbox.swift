internal import Messages
internal import Proc
internal import Runtime
internal import Sys

extension SandboxService {
    /// Releases the sandbox with whatever containers are left in it, and ends the shim.
    ///
    /// Without a sandbox the shim just ends: containerd asks for it after a creation that failed. What could not be
    /// released stays, and with it the shim, for the next try.
    func shutdown(_ request: ShutdownSandboxRequest) async throws -> ShutdownSandboxResponse {
        if let sandbox = await registry.sandbox {
            guard sandbox.id == request.sandboxID else {
                throw ProcessError(.notFound, "sandbox \(request.sandboxID) not found")
            }
            await registry.close()
            try await kill(sandbox)
            for container in await registry.containers { try await release(container) }
            _ = try await sandbox.process.delete()
            await registry.setSandbox(nil)
        }
        guard await registry.closeIfEmpty() else {
            throw ProcessError(.failedPrecondition, "sandbox \(request.sandboxID): there are containers")
        }
        await registry.endAsSandbox()
        end.open()
        return ShutdownSandboxResponse()
    }

    /// A container has ended with its sandbox, which its own report may say a moment later.
    private func release(_ container: InitProcess) async throws {
        _ = await within(.seconds(5)) { try? await container.exit.wait() }
        _ = try await container.delete()
        await registry.remove(container.id)
    }
}

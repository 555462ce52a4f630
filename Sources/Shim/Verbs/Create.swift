internal import Messages
internal import OCI
internal import Proc
internal import Runtime
internal import Sys

extension TaskService {
    /// Makes a container, up to the point where only its process is missing.
    func create(_ request: CreateTaskRequest) async throws -> CreateTaskResponse {
        let id = try ContainerID(request.id).text
        try await registry.reserve(id)
        do {
            let process = try await make(request)
            await registry.add(process)
            return CreateTaskResponse(pid: UInt32(process.pid))
        } catch {
            await registry.remove(id)
            throw error
        }
    }

    private func make(_ request: CreateTaskRequest) async throws -> InitProcess {
        let rootfs = Path.absolute("rootfs", in: request.bundle)
        let mounter = environment.mounter
        // Without mounts the root file system is somebody else's.
        let isMounted = !request.rootfs.isEmpty
        let release: @Sendable () async throws -> Void = {
            if isMounted { try await mounter.unmount(rootfs) }
        }
        let runtime: any ContainerRuntime
        do {
            runtime = try await environment.runtime(request.options, request.bundle)
            if isMounted {
                try await Trace.awaiting("mount the root file system") {
                    try await mounter.mount(request.rootfs, rootfs)
                }
            }
        } catch {
            throw ProcessError("OCI runtime create failed", cause: error)
        }
        let events = ContainerEvents(
            request: request, publisher: environment.publisher, hasContainerd: environment.hasContainerd)
        do {
            var configuration = InitProcess.Configuration(
                id: request.id, bundle: request.bundle,
                stdio: StdioPaths(
                    stdin: request.stdin, stdout: request.stdout, stderr: request.stderr,
                    terminal: request.terminal, namespace: environment.namespace),
                checkpoint: request.checkpoint.isEmpty ? nil : request.checkpoint,
                pod: await registry.sandbox?.share,
                release: release, events: events.publish)
            configuration.warn = environment.warn
            return try await InitProcess.create(configuration, in: runtime)
        } catch {
            // What went wrong first is what the caller has to know.
            try? await release()
            throw error
        }
    }
}

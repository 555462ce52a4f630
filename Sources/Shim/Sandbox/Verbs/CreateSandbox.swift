internal import Messages
internal import OCI
internal import Proc
internal import Runtime
internal import Sys

extension SandboxService {
    /// Makes the sandbox, up to the point where only the process of its root container is missing.
    func create(_ request: CreateSandboxRequest) async throws -> CreateSandboxResponse {
        let id = try ContainerID(request.sandboxID).text
        guard request.bundlePath.hasPrefix("/") else {
            throw ProcessError(.invalid, "bundle path \"\(request.bundlePath)\": expected an absolute path")
        }
        try await registry.reserveSandbox(id)
        do {
            await registry.setSandbox(try await make(request))
            return CreateSandboxResponse()
        } catch {
            await registry.setSandbox(nil)
            throw error
        }
    }

    private func make(_ request: CreateSandboxRequest) async throws -> PodSandbox {
        let bundle = PodBundle(path: request.bundlePath)
        var config =
            try request.options.map { try $0.unpack(as: PodSandboxConfig.self) } ?? PodSandboxConfig()
        if try !environment.heedsPodAnnotations(bundle.path) { config.annotations = [:] }
        try bundle.write(request, config)
        let mounter = environment.mounter
        let rootfs = bundle.path + "/rootfs"
        let isMounted = !request.rootfs.isEmpty
        let release: @Sendable () async throws -> Void = {
            if isMounted { try await mounter.unmount(rootfs) }
        }
        do {
            if isMounted { try await mounter.mount(request.rootfs, rootfs) }
            // The sandbox is no task: its end is told to those who wait for it, and by no event.
            let process = try await InitProcess.create(
                InitProcess.Configuration(
                    id: request.sandboxID, bundle: bundle.path, stdio: StdioPaths(), release: release,
                    events: { _ in }),
                // Its options are the pod's; the runtime's came with the start of the shim.
                in: environment.runtime(nil, bundle.path))
            return PodSandbox(
                process: process, share: PodShare(sandbox: request.sandboxID, mounts: bundle.mounts))
        } catch {
            try? await release()
            throw error
        }
    }
}

import OCI
import Sys

extension Runsc {
    /// Makes a container that is a sandbox of its own.
    func createRoot(
        _ id: String, _ request: CreateRequest, _ spec: SpecDocument, _ contract: Contract
    ) async throws -> RunscContainer {
        var resources = ContainerResources(configuration.bounds)
        do {
            let configuration = try configuration.applying(
                annotations: Annotations(spec.spec.annotations), contract: contract)
            var spec = spec
            if spec.spec.hostname.isEmpty, spec.spec.linux?.namespace(.uts) == nil {
                // Without a namespace of its own the container has the host's name.
                try spec.setHostname(File.readText("/proc/sys/kernel/hostname").filter { !$0.isNewline })
            }
            try request.stdio.setSize(of: spec.spec)
            try PodVolumes().complete(&spec)
            var launch = try Trace.span("plan the launch") {
                try Launch(
                    id: id, bundle: request.bundle, spec: spec, configuration: configuration,
                    contract: contract, network: SandboxNetworkMode.of(spec.spec, flags: configuration.flags),
                    hints: MountHints(spec.spec.annotations))
            }
            try resources.ownSharedFilestores(of: launch)
            launch = try resources.makeFilestores(for: launch, sandbox: id)
            launch = try await Trace.awaiting("make the cgroup") {
                try await resources.makeCgroup(for: launch)
            }
            let connections = try launch.goferConnections()
            // The Sentry first: it has the longer way to go.
            let boot = try Trace.span("spawn the Sentry") {
                try launch.startBoot(
                    gofer: connections, filestores: resources.filestores, stdio: request.stdio,
                    limits: SandboxLimits(launch))
            }
            resources.boot = boot.process
            resources.control = boot.control
            resources.filestores.closeDescriptors()
            let gofer = try Trace.span("spawn the gofer") { try launch.startGofer(connections) }
            resources.gofer = gofer?.process
            let sandbox = Sandbox(boot, launch: launch)
            // While the Sentry starts.
            resources.state = try await Trace.awaiting("write the state file") {
                try await StateHandle(launch, sandbox: sandbox, gofer: gofer?.process)
            }
            try await sandbox.awaitReady(boot, gofer: gofer)
            launch.cgroup?.isOccupied()
            register(sandbox)
            sandbox.members.join(id, spec.spec)
            let container = RunscContainer(
                root: sandbox, launch: launch, checkpoint: request.checkpoint, resources: resources,
                warn: warn
            ) { [weak self] in self?.forget(sandbox) }
            container.adjustOOMScores()
            return try await withHooks(container)
        } catch {
            await resources.release()
            throw error
        }
    }

    /// Makes a container in a sandbox that runs already.
    func createSubcontainer(
        _ id: String, in sandbox: Sandbox, _ request: CreateRequest, _ spec: SpecDocument
    ) async throws -> RunscContainer {
        var resources = ContainerResources(configuration.bounds)
        // The Sentry may know of the container.
        var wasAskedFor = false
        do {
            try resources.makeCompatibilityCgroup(for: spec.spec, in: sandbox)
            var spec = spec
            try spec.sharePIDNamespace(of: sandbox.boot.pid)
            try request.stdio.setSize(of: spec.spec)
            try PodVolumes().use(sandbox.launch.hints, in: &spec)
            var launch = try Launch(
                id: id, bundle: request.bundle, spec: spec, configuration: sandbox.launch.configuration,
                contract: sandbox.launch.contract, network: sandbox.launch.network,
                hints: sandbox.launch.hints)
            launch = try resources.makeFilestores(for: launch, sandbox: sandbox.id)
            launch.cgroup = sandbox.launch.cgroup
            let connections = try launch.goferConnections()
            let gofer = try launch.startGofer(connections)
            resources.gofer = gofer?.process
            try await gofer?.process.executed()
            let stdio = try request.stdio.duplicate()
            var terminal: OwnedFD?
            if case .terminal(let slave) = stdio { terminal = slave }
            wasAskedFor = true
            do {
                // To be taken back only when it is done: the next call might overtake it.
                try await shielded { [terminal] in
                    try await sandbox.sentry.createSubcontainer(id, terminal: terminal)
                }
                try _Concurrency.Task.checkCancellation()
            } catch let error as ControlError {
                // There may be another one of this name.
                if case .refused = error { wasAskedFor = false }
                throw error
            }
            resources.state = try await StateHandle(
                launch, sandbox: sandbox, gofer: gofer?.process,
                compatibility: resources.cgroup?.record ?? .none)
            sandbox.members.join(id, spec.spec)
            let container = RunscContainer(
                in: sandbox, launch: launch, checkpoint: request.checkpoint,
                pending: RunscContainer.PendingStart(gofer: gofer, connections: connections, stdio: stdio),
                resources: resources, warn: warn)
            container.adjustOOMScores()
            return try await withHooks(container)
        } catch {
            if wasAskedFor {
                await shielded { try? await sandbox.sentry.destroySubcontainer(id) }
            }
            await resources.release()
            throw error
        }
    }

    private func withHooks(_ container: RunscContainer) async throws -> RunscContainer {
        do {
            try await container.runCreateHooks()
            return container
        } catch {
            try await container.destroy()
            throw error
        }
    }
}

extension GuestStdio {
    /// Second descriptors of the same files, for a holder of their own.
    func duplicate() throws(SysError) -> GuestStdio {
        switch self {
        case .files(let input, let output, let error):
            .files(input: try input.duplicate(), output: try output.duplicate(), error: try error.duplicate())
        case .terminal(let slave): .terminal(try slave.duplicate())
        }
    }
}

extension GuestStdio {
    /// Gives a terminal the size that the spec has for it, before the process can ask.
    fileprivate func setSize(of spec: Spec) throws(SysError) {
        guard case .terminal(let slave) = self, let size = spec.process?.consoleSize else { return }
        try Terminal.resize(slave, width: size.width, height: size.height)
    }
}

import OCI
import Sys

/// Everything that a container holds on the host, released in one place, also when only half of it came to be.
struct ContainerResources: Sendable {
    let bounds: Bounds
    var gofer: ChildProcess?
    /// Of a root container.
    var boot: ChildProcess?
    var control: ControlSocket?
    var state: StateHandle?
    /// Of a root container, where the pod has a network.
    var forwarding: Task<Void, Never>?
    /// Of a root container the sandbox's; of others one that is empty.
    private(set) var cgroup: (any Cgroup)?
    private(set) var filestores = Filestores()

    init(_ bounds: Bounds) { self.bounds = bounds }

    /// Takes charge of the files of volumes that all containers of a new sandbox will share.
    mutating func ownSharedFilestores(of launch: Launch) throws(SysError) {
        guard launch.contract.hasGoferFilestoreFDs else { return }
        try filestores.own(shared: launch.hints.sharedSources, sandbox: launch.id)
    }

    /// Makes the files that overlaid mounts need, and returns the launch with the mounts as they then are.
    mutating func makeFilestores(for launch: Launch, sandbox: String) throws -> Launch {
        guard launch.contract.hasGoferFilestoreFDs else {
            // One file for the whole sandbox, which its subcontainers have already.
            if launch.id == sandbox { try filestores.makeUnnamed(launch.overlay) }
            return launch
        }
        var launch = launch
        launch.mounts = try filestores.make(for: launch.mounts, sandbox: sandbox)
        return launch
    }

    /// Makes the sandbox's cgroup with its limits.
    mutating func makeCgroup(for launch: Launch) async throws -> Launch {
        guard !launch.configuration.isOn("ignore-cgroups", launch.contract) else { return launch }
        let cgroup = try await (launch.configuration.cgroups ?? CgroupHost.current()).createForSandbox(
            path: launch.spec.spec.linux?.cgroupsPath ?? "/\(launch.id)",
            resources: launch.sandboxResources(),
            by: launch.configuration.cgroupManager(launch.contract))
        self.cgroup = cgroup
        var launch = launch
        launch.cgroup = cgroup
        launch.oomKillsBefore = cgroup.oomKills()
        return launch
    }

    /// Makes an empty cgroup for a container that joined a sandbox, where its spec names one.
    ///
    /// Kubelet and cAdvisor look for it, and for its limits. The processes are the sandbox's, in its cgroup; so limits that
    /// the kernel refuses here are no reason to refuse the container.
    mutating func makeCompatibilityCgroup(for spec: Spec, in sandbox: Sandbox) throws {
        guard sandbox.launch.cgroup != nil, let path = spec.linux?.cgroupsPath, !path.isEmpty else { return }
        let host = try sandbox.launch.configuration.cgroups ?? CgroupHost.current()
        do throws(CgroupError) {
            cgroup = try host.create(path: path, resources: spec.linux?.resources)
        } catch {
            cgroup = try host.create(path: path, resources: nil)
        }
    }

    /// Ends the processes, waits for them, and removes what they used; also where the calling task is cancelled.
    func release() async {
        await shielded { [self] in
            var resources = self
            await resources.takeAway()
        }
    }

    private mutating func takeAway() async {
        control?.remove()
        forwarding?.cancel()
        for process in [boot, gofer] { process?.kill(Signal.kill) }
        for process in [boot, gofer] {
            guard let process, process.status == nil else { continue }
            _ = try? await Trace.awaiting("the end of a process") {
                try await withDeadline(bounds.reap, "end of \(process.program)") {
                    try await process.wait()
                }
            }
        }
        filestores.remove()
        try? await Trace.awaiting("remove the cgroup") { try await cgroup?.remove() }
        await Trace.awaiting("remove the state file") { await state?.remove() }
    }
}

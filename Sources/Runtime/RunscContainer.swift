import OCI
import Sys
import Synchronization

/// A container in a gVisor sandbox: the sandbox's root container, or one that joined it.
package final class RunscContainer: Container {
    package let id: String
    /// The sandbox that it runs in, its own or that of its pod.
    package let sandbox: Sandbox
    let launch: Launch
    /// The image that the start restores.
    let checkpoint: String?
    let exit = OneShot<ContainerExit>()
    private let state: Mutex<State>
    let warn: @Sendable (String) -> Void
    private let onDestroy: @Sendable () -> Void

    private struct State {
        /// What the start of a container that joined takes with it.
        var pending: PendingStart?
        var started = false
        /// Whether the Sentry has taken a SIGKILL for the init process.
        var isKilled = false
        /// How the init process ended, as the Sentry says.
        var end: ContainerExit?
        /// The last change of the state file, done or under way.
        var noted: Task<Void, Never>?
        var resources: ContainerResources
        var destruction: Task<Void, Never>?
        /// Waits for the end of the sandbox.
        var watch: Task<Void, Never>?
    }

    struct PendingStart: Sendable {
        let gofer: LaunchedGofer?
        let connections: GoferConnections
        let stdio: GuestStdio
    }

    init(
        root sandbox: Sandbox, launch: Launch, checkpoint: String?, resources: ContainerResources,
        warn: @escaping @Sendable (String) -> Void, onDestroy: @escaping @Sendable () -> Void
    ) {
        id = launch.id
        self.warn = warn
        self.sandbox = sandbox
        self.launch = launch
        self.checkpoint = checkpoint
        self.onDestroy = onDestroy
        state = Mutex(State(resources: resources))
        watchSandbox()
    }

    init(
        in sandbox: Sandbox, launch: Launch, checkpoint: String?, pending: PendingStart,
        resources: ContainerResources, warn: @escaping @Sendable (String) -> Void
    ) {
        id = launch.id
        self.warn = warn
        self.sandbox = sandbox
        self.launch = launch
        self.checkpoint = checkpoint
        onDestroy = {}
        state = Mutex(State(pending: pending, resources: resources))
        watchSandbox()
    }

    /// Takes note of a SIGKILL that the init process gets.
    func noteKill() { state.withLock { $0.isKilled = true } }

    /// The files behind the overlaid mounts.
    var filestores: [OwnedFD] { state.withLock { $0.resources.filestores.descriptors } }

    /// The empty cgroup of a container that joined a sandbox.
    var cgroupForOnlookers: (any Cgroup)? { isRoot ? nil : state.withLock { $0.resources.cgroup } }

    package var isRoot: Bool { id == sandbox.id }

    package var pid: Int32 { sandbox.boot.pid }

    /// The host's process id of the container's gofer, while it runs.
    var gofer: Int32? {
        state.withLock { $0.resources.gofer.flatMap { $0.status == nil ? $0.pid : nil } }
    }

    /// The second source of the exit code, and the only one when the Sentry dies: the sandbox ends with its
    /// root container's code, and only its parent can see that.
    ///
    /// It takes the others with it.
    private func watchSandbox() {
        let watch = Task { [weak self, sandbox, exit, isRoot, warn] in
            guard let status = try? await sandbox.boot.wait() else { return }
            self?.stopForwarding()
            if isRoot { await sandbox.giveNetworkBack(warn: warn) }
            let said = isRoot ? sandbox.reason : ""
            if !said.isEmpty, status.exitCode != 0 {
                warn("sandbox \(sandbox.id) has ended with \(status.exitCode)\(said)")
            }
            // A Sentry that lost one of its processes to a lack of memory says something else.
            let isKilled =
                !isRoot || self?.state.withLock { $0.isKilled } ?? false
                || sandbox.launch.cgroup?.oomKills() ?? 0 > sandbox.oomKills.before
            let code = isKilled ? 128 + UInt32(Signal.kill) : status.exitCode
            // What the Sentry had said itself stands.
            let told = self?.state.withLock { $0.end }
            exit.report(told ?? ContainerExit(code: code, time: Kernel.realTime()))
        }
        state.withLock { $0.watch = watch }
    }

    package func start() async throws {
        try await shielded { [self] in try await run() }
        // One without a timeout may take as long as its caller waits.
        await runPoststartHooks()
    }

    private func run() async throws {
        let pending = state.withLock { state in
            defer { state.pending = nil }
            return state.pending
        }
        if let pending {
            try await startJoined(pending)
        } else {
            try await startRoot()
        }
        state.withLock { $0.started = true }
        // The first source of the exit code. The Sentry may be gone before it is asked; then the second tells.
        Task { [self] in
            if let end = await askForEnd("the init process", { try await sandbox.sentry.wait(id) }) {
                state.withLock { $0.end = end }
                await (isRoot ? untilSandboxEnds() : endOthers())
                exit.report(end)
            }
        }
        note(.running)
        Task { [weak self, exit] in
            _ = try? await exit.wait()
            self?.note(.stopped)
            await self?.leaveLimits()
        }
    }

    /// Lets the host connect to the ports of a pod at this address.
    func forwardPorts(to address: IPAddress) {
        state.withLock { state in
            guard state.destruction == nil, sandbox.boot.status == nil else { return }
            state.resources.forwarding = Task { [sandbox, warn] in
                await PortForwarding.serve(sandbox, address: address, warn: warn)
            }
        }
    }

    private func stopForwarding() { state.withLock { $0.resources.forwarding }?.cancel() }

    /// Waits for the process that follows its root container's end, and for its network: who has been told of the end may
    /// look for both.
    ///
    /// A Sentry that takes long over it, or is waited for by others still, does not hold the report up.
    private func untilSandboxEnds() async {
        _ = try? await withDeadline(.milliseconds(500), "end of the sandbox") { [sandbox] in
            try await sandbox.networkReturned.wait()
        }
    }

    /// Ends what the init process has left running, where no pid namespace of the container's own ends it.
    ///
    /// In a pod with one for all of it, such a process would keep the container's files and output open for ever; the
    /// container is over all the same.
    private func endOthers() async {
        guard launch.spec.spec.linux?.namespace(.pid) == nil else { return }
        // There may be none, which the Sentry calls an error.
        try? await sandbox.sentry.signal(
            Signal.kill, in: id, to: .all, bound: launch.configuration.bounds.answer)
    }

    package func wait() async -> ContainerExit {
        (try? await exit.wait()) ?? ContainerExit(code: 255, time: Kernel.realTime())
    }

    /// Whether the container is paused is in its state file, where an operator's `runsc pause` says it, too.
    package func status() async throws -> ContainerStatus {
        if exit.value != nil { return .stopped }
        let (started, handle) = state.withLock { ($0.started, $0.resources.state) }
        guard started else { return .created }
        return await handle?.status() == .paused ? .paused : .running
    }

    package func processes() async throws -> [ProcessEntry] {
        try await describing("list the processes") { try await sandbox.sentry.processes(in: id) }
    }

    package func pause() async throws {
        try await shielded { [self] in
            try await describing("pause") { try await sandbox.sentry.pause() }
            if sandbox.pause.paused() { try? await sandbox.sentry.resume() }
            await note(.paused).value
        }
    }

    package func resume() async throws {
        try await shielded { [self] in
            do {
                if sandbox.pause.resume() {
                    try await describing("resume") { try await sandbox.sentry.resume() }
                }
            } catch {
                sandbox.pause.resumed(failed: true)
                throw error
            }
            await note(.running).value
            sandbox.pause.resumed(failed: false)
        }
    }

    /// A pod is held to what its containers may use that have not ended.
    private func leaveLimits() async {
        guard !isRoot, sandbox.boot.status == nil else { return }
        sandbox.members.end(id)
        adjustOOMScores()
        try? await sandbox.limitMemory(without: id)
    }

    /// Writes a status into the state file, after those that were noted before.
    ///
    /// A start does not wait for it: the file is for people, and they are not that fast.
    @discardableResult
    private func note(_ status: OCI.State.Status) -> Task<Void, Never> {
        state.withLock { state in
            let task = Task { [before = state.noted, handle = state.resources.state] in
                await before?.value
                await Trace.awaiting("note the status in the state file") { await handle?.set(status) }
            }
            state.noted = task
            return task
        }
    }

    package func destroy() async throws {
        let task = state.withLock { state -> Task<Void, Never> in
            if let task = state.destruction { return task }
            let task = Task { [self, resources = state.resources, noted = state.noted] in
                await Trace.awaiting("leave the sandbox") { await leaveSandbox() }
                await noted?.value
                sandbox.members.leave(id)
                if !isRoot {
                    adjustOOMScores()
                    // With its last container a sandbox may be gone, and its cgroup with it.
                    try? await sandbox.limitMemory(without: id)
                }
                await resources.release()
                // The pod may live long, and many containers come and go in it.
                if !isRoot { self.state.withLock { $0.watch }?.cancel() }
                onDestroy()
                await runPoststopHooks()
            }
            state.destruction = task
            return task
        }
        await task.value
    }

    /// Turns an error of the control socket into one that says what was being done, and to which container.
    func describing<Result: Sendable>(
        _ action: String, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as ControlError {
            // The connection ends a moment before the process.
            if error.isGone, let status = await sandbox.endStatus() {
                throw RuntimeError(
                    .notFound,
                    "\(action): container \(id): the sandbox has ended with \(status.exitCode)\(sandbox.reason)"
                )
            }
            // A Sentry whose gofer was killed says no more than that a call on a file failed.
            let reason = sandbox.outOfMemory.map { ": " + $0 } ?? ""
            throw RuntimeError(error.kind, "\(action): container \(id)\(reason)", cause: error)
        } catch let error as DeadlineExceeded {
            throw RuntimeError(.failed, "\(action): container \(id): \(error)\(sandbox.reason)")
        }
    }
}

extension ControlError {
    /// What the Sentry's words mean to a caller.
    ///
    /// It has no error numbers, only text.
    var kind: RuntimeError.Kind {
        guard case .refused(_, let reason) = self else { return .failed }
        let isMissing = ["no such process", "no process found", "not found"].contains { reason.contains($0) }
        return isMissing ? .notFound : .failed
    }
}

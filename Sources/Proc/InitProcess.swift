package import Runtime
internal import Sys

/// The first process of a container, and with it the container's life as containerd sees it.
///
/// Its end is known first hand: the wait begins with the creation, so an exit cannot come too early to be
/// noticed. No call to the runtime is made under a lock; the phase says what is under way.
package actor InitProcess {
    /// What a container is made from.
    package struct Configuration: Sendable {
        package var id: String
        /// Absolute path of the OCI bundle.
        package var bundle: String
        package var stdio: StdioPaths
        /// The directory of an image to restore instead of starting the bundle's process.
        package var checkpoint: String?
        /// What it shares with its pod.
        package var pod: PodShare?
        /// Gives back what was made for the container outside the runtime, as its root file system; called at
        /// the end of a deletion, and again when that failed.
        package var release: @Sendable () async throws -> Void
        package var events: EventSink
        /// Told of what goes wrong and fails no call.
        package var warn: @Sendable (String) -> Void = { _ in }

        package init(
            id: String, bundle: String, stdio: StdioPaths, checkpoint: String? = nil,
            pod: PodShare? = nil,
            release: @escaping @Sendable () async throws -> Void, events: @escaping EventSink
        ) {
            self.id = id
            self.bundle = bundle
            self.stdio = stdio
            self.checkpoint = checkpoint
            self.pod = pod
            self.release = release
            self.events = events
        }
    }

    nonisolated package let id: String
    nonisolated package let bundle: String
    nonisolated package let stdioPaths: StdioPaths
    /// The task's process id on the host.
    nonisolated package let pid: Int32
    /// The end of the process.
    nonisolated package let exit = ExitRecord()
    nonisolated let container: any Container
    nonisolated let events: EventSink
    nonisolated let warn: @Sendable (String) -> Void

    var phase = Phase.created {
        didSet {
            for waiting in phaseWaiters { waiting.resume() }
            phaseWaiters = []
        }
    }
    var execs: [String: ExecProcess] = [:]
    private var phaseWaiters: [CheckedContinuation<Void, Never>] = []
    let stdio: Stdio
    private let release: @Sendable () async throws -> Void
    /// An exit that is known while the start has not been answered.
    private var early: ContainerExit?
    /// Whether the report of the exit is being prepared.
    var ending = false
    /// The signal that ended a container which was never started.
    var killer: Int32?
    /// How many signals are on their way, and who waits until they have arrived.
    var signals = 0
    var signalWaiters: [CheckedContinuation<Void, Never>] = []
    let statisticsCache = LastKnown<Statistics>("statistics")
    let processCache = LastKnown<[ProcessEntry]>("processes")

    private init(_ configuration: Configuration, _ container: any Container, _ stdio: Stdio) {
        id = configuration.id
        bundle = configuration.bundle
        stdioPaths = configuration.stdio
        pid = container.pid
        release = configuration.release
        events = configuration.events
        warn = configuration.warn
        self.container = container
        self.stdio = stdio
    }

    // MARK: create

    /// Makes the container up to the point where only its process is missing.
    ///
    /// - Throws: `ProcessError`; nothing but what `release` gives back is left then.
    package static func create(
        _ configuration: Configuration, in runtime: any ContainerRuntime
    ) async throws -> InitProcess {
        let stdio: Stdio
        let container: any Container
        do {
            stdio = try await Stdio.open(
                configuration.stdio, for: .container, id: configuration.id, warn: configuration.warn)
            do {
                container = try await runtime.create(
                    CreateRequest(
                        id: configuration.id, bundle: configuration.bundle, stdio: stdio.guest,
                        checkpoint: configuration.checkpoint, pod: configuration.pod))
            } catch {
                stdio.close()
                throw error
            }
        } catch {
            throw ProcessError("OCI runtime create failed", cause: error)
        }
        stdio.handedOver()
        // A caller who no longer waits does not know of the container and would never delete it.
        if Task.isCancelled {
            try? await container.destroy()
            stdio.close()
            throw CancellationError()
        }
        let process = InitProcess(configuration, container, stdio)
        configuration.events(.created(pid: container.pid))
        Task { await process.exited(container.wait()) }
        return process
    }

    // MARK: start

    /// Runs the process.
    ///
    /// After a failure a sandbox's own container stays created, as containerd expects, while one that joined a
    /// sandbox is stopped: containerd could not delete it otherwise.
    package func start() async throws {
        try phase.check(.start, .container)
        try advance(.start)
        do {
            try await container.start()
        } catch {
            if container.isRoot {
                try advance(.startFailed)
                if let early { await exited(early) }
            } else {
                stdio.close()
                exit.set(early ?? ContainerExit(code: 128, time: Kernel.realTime()))
                try advance(.startAborted)
            }
            throw ProcessError("OCI runtime start failed", cause: error)
        }
        try advance(.startSucceeded)
        events(.started(pid: pid))
        if let early { await exited(early) }
    }

    // MARK: exit

    /// Reports the end of the process: after its execs and its output, before anybody who waits hears of it.
    func exited(_ reported: ContainerExit) async {
        guard exit.value == nil, !ending else { return }
        if phase == .starting {
            early = reported
            return
        }
        ending = true
        await endExecs()
        await stdio.finish()
        await signalsArrive()
        if reported.code == 128 + UInt32(Signal.kill), killer == nil, container.outOfMemory() {
            events(.outOfMemory)
        }
        let end = killer.map { ContainerExit(code: 128 + UInt32($0), time: reported.time) } ?? reported
        exit.set(end)
        // Every phase that can be reached here has the row; were there one without, the exit still counts.
        if let next = try? phase.after(.exit) { phase = next }
        events(.exited(exec: nil, pid: pid, end))
    }

    /// Sees the exits of all execs reported.
    ///
    /// With the container they have all ended; the sandbox may just not have said so yet, or have gone
    /// without saying.
    private func endExecs() async {
        let live = Array(execs.values)
        guard !live.isEmpty else { return }
        _ = await within(.milliseconds(500)) {
            for exec in live { await exec.settled() }
        }
        for exec in live { await exec.containerExited() }
    }

    // MARK: delete

    /// Releases everything that the container has.
    ///
    /// A deletion that failed half-way can be repeated; of two at once the second waits for the first.
    ///
    /// - Returns: how the process ended; 137 if it was never started.
    package func delete() async throws -> ContainerExit {
        await leaves(.killing)
        await leaves(.deleting)
        try phase.check(.delete, .container)
        try advance(.delete)
        var failure: (any Error)?
        do {
            try await container.destroy()
        } catch {
            failure = error
        }
        await exited(ContainerExit(code: 128 + UInt32(Signal.kill), time: Kernel.realTime()))
        try? await untilExit()
        if failure == nil {
            do { try await release() } catch { failure = error }
        }
        if let failure {
            try advance(.deleteFailed)
            throw ProcessError("failed to delete task", cause: failure)
        }
        for exec in execs.values { await exec.discard() }
        execs = [:]
        await stdio.settle()
        stdio.close()
        try advance(.deleteSucceeded)
        let end = exit.value ?? ContainerExit(code: 137, time: Kernel.realTime())
        events(.deleted(pid: pid, end))
        return end
    }

    // MARK: phases

    func advance(_ event: Event) throws(IllegalTransition) { phase = try phase.after(event) }

    /// Waits while the process is in `phase`, which must be one of an operation with a bound.
    func leaves(_ passing: Phase) async {
        while phase == passing {
            await withCheckedContinuation { phaseWaiters.append($0) }
        }
    }

    func untilExit() async throws { _ = try await exit.wait() }
}

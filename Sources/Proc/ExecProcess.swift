internal import OCI
internal import Runtime
internal import Sys

/// A process added to a running container.
package actor ExecProcess {
    nonisolated package let id: String
    nonisolated package let stdioPaths: StdioPaths
    /// The end of the process.
    nonisolated package let exit = ExitRecord()
    /// The process id inside the container; 0 before the start.
    package private(set) var pid: Int32 = 0

    private var phase = Phase.created {
        didSet {
            for waiting in phaseWaiters { waiting.resume() }
            phaseWaiters = []
        }
    }
    private var phaseWaiters: [CheckedContinuation<Void, Never>] = []
    private let spec: Spec.Process
    private let container: any Container
    private let events: EventSink
    private let warn: @Sendable (String) -> Void
    private var stdio: Stdio?
    /// What was asked before there were streams.
    private var isInputClosed = false
    private var size: (width: UInt16, height: UInt16)?
    /// Whether the report of the exit is being prepared.
    private var ending = false
    /// Whether the container ended before this process was started.
    private var orphaned = false

    init(
        id: String, spec: Spec.Process, stdio: StdioPaths, in container: any Container,
        events: @escaping EventSink, warn: @escaping @Sendable (String) -> Void
    ) {
        self.id = id
        var spec = spec
        // The request decides, as with containerd's runc shim.
        spec.terminal = stdio.terminal
        self.spec = spec
        stdioPaths = stdio
        self.container = container
        self.events = events
        self.warn = warn
    }

    /// Where the process is in its life; a paused container is its init process' matter.
    package var status: ProcessStatus { phase.status }

    // MARK: start

    /// Runs the process.
    ///
    /// - Throws: `ProcessError`; the process is then stopped, with exit code 128.
    package func start() async throws {
        try phase.check(.start, .process)
        if orphaned { throw ProcessError(.failedPrecondition, "cannot exec in a stopped state") }
        try advance(.start)
        let pid: Int32
        do {
            let stdio = try await Stdio.open(stdioPaths, for: .exec, id: id, warn: warn)
            self.stdio = stdio
            // A client may have opened its end, written all, and asked for this before we are back here.
            if isInputClosed { stdio.closeInput() }
            if let size = size ?? spec.consoleSize.map({ ($0.width, $0.height) }) {
                try stdio.resize(width: size.width, height: size.height)
            }
            pid = try await container.exec(spec, stdio: stdio.guest)
            stdio.handedOver()
        } catch {
            stdio?.close()
            if phase == .starting {
                exit.set(ContainerExit(code: 128, time: Kernel.realTime()))
                try advance(.startAborted)
            }
            throw ProcessError("OCI runtime exec failed", cause: error)
        }
        // The container's end has come between; whatever had been started is gone with it.
        guard phase == .starting else {
            throw ProcessError(.failedPrecondition, "cannot exec in a stopped state")
        }
        self.pid = pid
        try advance(.startSucceeded)
        events(.execStarted(id: id, pid: pid))
        Task { await ended(container.waitExec(pid)) }
    }

    // MARK: exit

    private func ended(_ reported: ContainerExit) async {
        guard exit.value == nil, !ending, phase == .running else { return }
        ending = true
        await stdio?.finish()
        exit.set(reported)
        // From running this row exists; were it ever missing, the exit still counts.
        if let next = try? phase.after(.exit) { phase = next }
        events(.exited(exec: id, pid: pid, reported))
    }

    /// Waits until the process does not run: not yet, or no more.
    func settled() async {
        while phase == .starting || phase == .running {
            await withCheckedContinuation { phaseWaiters.append($0) }
        }
    }

    /// Takes the container's end for the end of this process, unless its own is known.
    func containerExited() async {
        let end = ContainerExit(code: 128 + UInt32(Signal.kill), time: Kernel.realTime())
        switch phase {
        case .created:
            orphaned = true
        case .starting:
            exit.set(end)
            if let next = try? phase.after(.startAborted) { phase = next }
        case .running:
            await ended(end)
            // The report may be under way already; it has a bound.
            await settled()
        default:
            return
        }
    }

    // MARK: kill and delete

    /// Sends a signal to the process; with 0 only tells whether it is there, as kill(2).
    ///
    /// - Throws: `ProcessError`, `failedPrecondition` before the start, `notFound` after the end.
    package func kill(_ signal: UInt32) async throws {
        guard let number = Int32(exactly: signal), (0...64).contains(number) else {
            throw ProcessError(.invalid, "signal \(signal): expected 0 to 64")
        }
        // The start's own bound may be long.
        _ = await within(.seconds(2)) { await self.leaves(.starting) }
        try phase.check(.kill, .process)
        if ending { throw ProcessError(.notFound, "process already finished") }
        if number == 0 { return }
        do {
            try await container.signal(number, to: .process(pid))
        } catch {
            throw killError(error, finished: exit.value != nil || ending)
        }
    }

    /// Ends the streams of a process that has ended or was never started.
    func delete() async throws {
        await leaves(.deleting)
        try phase.check(.delete, .process)
        // Nothing has run, and nothing has failed: to containerd's own shims that is a 0.
        if phase == .created { exit.set(ContainerExit(code: 0, time: Kernel.realTime())) }
        try advance(.delete)
        // The client reads on until it sees the end; whoever still holds the output does not count any more.
        await stdio?.finish()
        discard()
    }

    /// Gives everything up at once, with the container.
    func discard() {
        stdio?.close()
        // Frees whoever waits for a process that was never started.
        exit.set(ContainerExit(code: 128 + UInt32(Signal.kill), time: Kernel.realTime()))
        if let next = try? phase.after(.delete) { phase = next }
        if let next = try? phase.after(.deleteSucceeded) { phase = next }
    }

    // MARK: the rest

    /// Sets the size of the terminal, before the start that which it begins with; without a terminal does nothing.
    package func resize(width: UInt16, height: UInt16) throws {
        size = (width, height)
        try stdio?.resize(width: width, height: height)
    }

    /// Lets the process see the end of its input; before the start, it will see it then.
    package func closeInput() {
        isInputClosed = true
        stdio?.closeInput()
    }

    /// Waits while the process is in `phase`, which must be one of an operation with a bound.
    private func leaves(_ passing: Phase) async {
        while phase == passing {
            await withCheckedContinuation { phaseWaiters.append($0) }
        }
    }

    private func advance(_ event: Event) throws(IllegalTransition) { phase = try phase.after(event) }
}

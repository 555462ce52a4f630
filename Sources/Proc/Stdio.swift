package import Runtime
internal import Sys
internal import Synchronization

/// The open streams of one process, seen from the shim: what the sandbox gets, and what stays here.
///
/// The init process of a container gets the client's FIFOs themselves: nothing is copied, and the last bytes
/// cannot be lost between the process and its client. An exec process gets pipes that are copied into the
/// FIFOs, because it may leave children behind which hold its output: a FIFO that the sandbox holds cannot be
/// ended for the client when the exec is deleted. A terminal is always copied, and so is what goes to a FIFO that its
/// client has not opened yet.
package final class Stdio: Sendable {
    /// Whose streams these are.
    package enum Owner: Sendable { case container, exec }

    /// What the sandbox gets copies of.
    package let guest: GuestStdio

    private let owner: Owner
    private let guestEnds: [OwnedFD]
    private let keepers: [OwnedFD]
    private let awaited: [ClientFIFO]
    /// The shim's own writer of the stdin FIFO, held until CloseIO.
    private let input: OwnedFD?
    private let master: OwnedFD?
    private let inputPump: Pump?
    private let outputPumps: [Pump]
    private let logger: LogProcess?

    /// How long a stream must be silent to count as drained although somebody still holds it.
    private static let quiet = Duration.milliseconds(100)
    /// How long a client may read nothing of what there is, and still count as one that reads.
    private static let pauseOfReader = Duration.milliseconds(500)
    /// How long a client that does not read can hold up the report of an exit.
    package static let patience = Duration.seconds(2)
    private static let terminalChunk = 4 << 10
    private static let pipeChunk = 32 << 10

    /// Opens the streams of a process, after the program that takes its output has been started if there is one.
    ///
    /// - Parameter warn: told of what goes wrong later and fails no call.
    /// - Throws: `ProcessError` naming the stream and its path; nothing stays open or runs then.
    package static func open(
        _ paths: StdioPaths, for owner: Owner, id: String,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Stdio {
        let address = try? StreamAddress(paths.stdout)
        guard let address, address.scheme == .binary else { return try Stdio(paths, for: owner) }
        let logger = try await LogProcess.start(
            address, id: id, namespace: paths.namespace, warn: warn)
        do { return try Stdio(paths, for: owner, logger: logger) } catch {
            logger.end()
            throw error
        }
    }

    /// Opens the streams; never waits for a client.
    ///
    /// - Throws: `ProcessError` naming the stream and its path; nothing stays open then.
    package convenience init(_ paths: StdioPaths, for owner: Owner) throws {
        try self.init(paths, for: owner, logger: nil)
    }

    private init(_ paths: StdioPaths, for owner: Owner, logger: LogProcess?) throws {
        func opened(_ name: String, _ path: String, _ logged: OwnedFD?) throws -> OutputEnd {
            if let logged { return .file(logged) }
            return try OutputEnd(name, path)
        }
        let input = try InputEnd(paths.stdin)
        var ends: [OwnedFD] = []
        var keepers: [OwnedFD] = []
        var awaited: [ClientFIFO] = []
        var pumps: [Pump] = []
        func copy(_ source: AsyncFD, to output: OutputEnd, chunk: Int) throws {
            let destination: Pump.Destination
            switch output {
            case .file(let end):
                try end.setNonblocking(true)
                destination = .open(try AsyncFD(end))
            case .fifo(let end, let keeper):
                keepers.append(keeper)
                destination = .open(try AsyncFD(end))
            case .awaited(let fifo):
                awaited.append(fifo)
                destination = .awaited(fifo)
            }
            pumps.append(Pump(from: source, to: destination, ownsDestination: true, chunk: chunk))
        }
        if paths.terminal {
            let output = try opened("stdout", paths.stdout, logger?.output)
            let terminal = try Terminal()
            let master = try AsyncFD(terminal.master)
            let reader = try AsyncFD(input.end)
            try copy(master, to: output, chunk: Self.terminalChunk)
            // Without a client for its input a terminal just stays silent.
            inputPump =
                paths.stdin.isEmpty
                ? nil
                : Pump(from: reader, to: .open(master), ownsDestination: false, chunk: Self.terminalChunk)
            guest = .terminal(terminal.slave)
            ends = [terminal.slave]
            self.master = terminal.master
        } else {
            for (name, path, logged) in [
                ("stdout", paths.stdout, logger?.output), ("stderr", paths.stderr, logger?.error),
            ] {
                let output = try opened(name, path, logged)
                switch (output, owner) {
                case (.file(let end), _):
                    try end.setNonblocking(false)
                    ends.append(end)
                case (.fifo(let end, let keeper), .container):
                    try end.setNonblocking(false)
                    ends.append(end)
                    keepers.append(keeper)
                default:
                    let pipe = try Pipe()
                    ends.append(pipe.write)
                    try copy(try AsyncFD(pipe.read), to: output, chunk: Self.pipeChunk)
                }
            }
            try input.end.setNonblocking(false)
            guest = .files(input: input.end, output: ends[0], error: ends[1])
            ends.append(input.end)
            inputPump = nil
            master = nil
        }
        self.owner = owner
        self.input = input.keeper
        self.logger = logger
        self.keepers = keepers
        self.awaited = awaited
        guestEnds = ends
        outputPumps = pumps
    }

    deinit { close() }

    /// Closes the shim's own descriptors of what the sandbox got.
    ///
    /// So their end is seen when the sandbox closes its copies. To be called as soon as the sandbox has them.
    package func handedOver() {
        for end in guestEnds { end.close() }
    }

    /// Lets the process see the end of its input once the last client has closed it.
    package func closeInput() { input?.close() }

    /// Sets the size of the terminal; without one, or once it is closed, does nothing.
    package func resize(width: UInt16, height: UInt16) throws {
        guard let master, master.raw >= 0 else { return }
        try Terminal.resize(master, width: width, height: height)
    }

    /// Sees to it that what an ended process wrote reaches its client, then lets the client see the end.
    ///
    /// Takes at most about `patience` for each stream, which only a client that does not read can cause, or as long for a
    /// slow one. What it has not read by then is still copied, until `close()`.
    package func finish(patience: Duration = Stdio.patience) async {
        handedOver()
        closeInput()
        inputPump?.stop()
        var reads = true
        for pump in outputPumps {
            let drained = await pump.drain(quiet: Self.quiet, limit: patience)
            reads = reads && drained
            // With the container all its processes have gone; an exec's children may still write.
            guard owner == .container else { continue }
            if drained {
                pump.stop()
            } else {
                Task {
                    while await !pump.drain(quiet: Self.quiet, limit: .seconds(60)) {}
                    pump.stop()
                }
            }
        }
        if reads { await untilRead(patience) }
        // What the container held is closed by now, or will be with the sandbox.
        logger?.error.close()
        if owner == .container { await logger?.caughtUp(within: patience) }
    }

    /// Waits for the client to have read what is in its FIFOs, as long as it goes on reading.
    ///
    /// Those of containerd close them when they hear of the end (1.6), or when a deletion has been answered (2.x, of execs),
    /// and what is in them then is lost. The kernel tells by inotify alone of what is read from a FIFO, and of its instances
    /// a user may have few; so it is asked.
    private func untilRead(_ patience: Duration) async {
        let clock = ContinuousClock()
        let end = clock.now + patience
        var (left, since) = (Int.max, clock.now)
        var pause = Duration.milliseconds(1)
        while clock.now < end {
            let unread = keepers.map(Pipe.unread).reduce(0, +) + awaited.map(\.unread).reduce(0, +)
            if unread == 0 { return }
            if unread < left { (left, since) = (unread, clock.now) }
            if clock.now - since >= Self.pauseOfReader { return }
            do { try await Task.sleep(for: pause) } catch { return }
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    /// Waits for a program that takes the output to have written it down, but no longer than `patience`.
    package func settle() async { await logger?.drained(within: Self.patience) }

    /// Gives everything up at once, copied or not.
    package func close() {
        handedOver()
        closeInput()
        inputPump?.stop()
        for pump in outputPumps { pump.stop() }
        for keeper in keepers { keeper.close() }
        for fifo in awaited { fifo.abandon() }
        logger?.end()
    }
}

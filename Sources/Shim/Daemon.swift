package import Sys
package import TTRPC

/// What the daemon serves: the task service behind its ttRPC face.
package protocol ServedTasks: Sendable {
    var services: [Service] { get }

    /// What a caller gets for an error of a handler.
    func status(of error: any Error) -> Status

    /// Returns when Shutdown has been asked for and no container is left.
    func untilShutdown() async

    /// Whether it was asked for by the sandbox service.
    ///
    /// A client of Go's may lose an answer that comes at once with the end of its connection. containerd forgives that at
    /// Shutdown of the task service, and nowhere else.
    var endsAsSandbox: Bool { get async }

    /// How much there is to live for.
    var population: Population { get async }

    /// Takes no more containers from now on, if there are none; whether there are none.
    func closeIfEmpty() async -> Bool

    /// The state for people, a line for each container and process.
    func describe() async -> [String]
}

/// How far the containers of a shim are.
package enum Population: Sendable, Equatable {
    case empty
    /// There are containers, but none that has not ended.
    case stopped
    case live
}

/// The serving shim: from its start on an inherited socket to its end.
///
/// It ends when Shutdown has been asked for and the last container is gone, and never before. There are three
/// exceptions, for shims that nobody is going to ask: one that has neither a container nor a connection, and
/// one whose containers have all ended, whose socket has been removed and that has no connection, both for
/// two rounds of the watch (one to two minutes); and one without a container, though connected, for five.
package struct Daemon: Sendable {
    /// Bounds of the end, and how often the watch goes its round.
    package struct Limits: Sendable {
        package var flush = Duration.seconds(2)
        package var answers = Duration.seconds(2)
        /// For containerd to close its connections first, which it does when it has its answers, where that matters.
        package var farewell = Duration.seconds(1)
        package var round = Duration.seconds(60)

        package init() {}
    }

    private let server: Server
    private let tasks: any ServedTasks
    private let publisher: Publisher
    private let address: SocketAddress?
    private let limits: Limits
    private let log: Log

    /// A daemon that listens at `address`, as far as that is known.
    package init(
        _ tasks: any ServedTasks, _ publisher: Publisher, address: SocketAddress?, limits: Limits = Limits(),
        log: Log
    ) {
        let trim = IdleTrim()
        server = Server(services: tasks.services, status: tasks.status, answered: trim.active)
        self.tasks = tasks
        self.publisher = publisher
        self.address = address
        self.limits = limits
        self.log = log
    }

    /// Serves until the end; the listener is closed then and its file removed.
    package func run(_ listener: sending OwnedFD) async {
        let end = OneShot<String>()
        let signals = await watchSignals(end)
        let serving = Task { [server] in
            do { try await server.serve(listener: listener) } catch { end.report("cannot accept: \(error)") }
        }
        let waiting = [
            Task { [tasks] in
                await tasks.untilShutdown()
                end.report("shutdown was asked for")
            },
            Task { if let reason = await watch() { end.report(reason) } },
        ]
        let reason = (try? await end.wait()) ?? "cancelled"
        log.info("end: \(reason)")
        for task in waiting { task.cancel() }
        // While we still listen: whoever finds nobody listening would remove the file, and make one of its own
        // that is not ours to remove.
        if let address { try? File.remove(address.path) }
        await publisher.flush(within: limits.flush)
        let farewell = await tasks.endsAsSandbox ? limits.farewell : .zero
        await server.shutdown(within: limits.answers, farewell: farewell)
        await serving.value
        withExtendedLifetime(signals) {}
    }

    /// Ends a shim without containers on SIGTERM or SIGINT, and dumps the state on SIGUSR1.
    ///
    /// A stop of the host's services does not stop containers: containerd's shims stay behind as well. Only one
    /// without containers goes.
    private func watchSignals(_ end: OneShot<String>) async -> SignalWatch {
        await SignalWatch.begin([Signal.terminate, Signal.interrupt, Signal.user1]) { signal in
            Task {
                if signal == Signal.user1 {
                    await dump()
                } else if await tasks.closeIfEmpty() {
                    end.report("signal \(signal), and no containers")
                } else {
                    log.info("signal \(signal) is ignored: there are containers")
                }
            }
        }
    }

    private func dump() async {
        log.info("state: \(server.connectionCount) connections, \(publisher.backlog) events to publish")
        for line in await tasks.describe() { log.info("state: \(line)") }
    }

    /// Why nobody will ever ask for the end.
    private enum Abandonment: String {
        case empty = "no containers, and nobody connected"
        case stopped = "no running containers, nobody connected, and the socket is gone"
        /// A containerd of 1.6 that was killed between the start of a shim and Create takes it for a task when it is back.
        case forgotten = "no containers, and nobody asks for one"

        /// For how many rounds it has to hold.
        var rounds: Int { self == .forgotten ? 5 : 2 }
    }

    /// Finds out that nobody will ever ask for the end; `nil` when cancelled.
    private func watch() async -> String? {
        var (before, rounds) = (nil as Abandonment?, 0)
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: limits.round)) != nil else { return nil }
            let now = await abandonment()
            rounds = now == before ? rounds + 1 : 1
            if let now, rounds >= now.rounds, await mayEnd(now) { return now.rawValue }
            before = now
        }
        return nil
    }

    private func mayEnd(_ reason: Abandonment) async -> Bool {
        switch reason {
        case .empty, .forgotten: await tasks.closeIfEmpty()
        case .stopped: true
        }
    }

    private func abandonment() async -> Abandonment? {
        let isConnected = server.connectionCount > 0
        switch await tasks.population {
        case .empty: return isConnected ? .forgotten : .empty
        case .stopped where !isConnected && address.map({ !File.exists($0.path) }) ?? false: return .stopped
        case .stopped, .live: return nil
        }
    }
}

extension Daemon {
    /// Makes this process fit to live long and unattended.
    package static func settle(_ log: Log) {
        Kernel.setName(ShimVersion.processName)
        Kernel.ignore([Signal.pipe, Signal.hangup])
        Kernel.setFileCreationMask(0o022)
        do throws(SysError) {
            // Memory of other people's containers does not belong on disk.
            try Kernel.forbidCoreFiles()
            try Kernel.raiseFileLimit()
        } catch {
            log.warning("resource limits: \(error)")
        }
    }

    /// The socket to serve: the one that `start` has left us as descriptor 3, or a new one at a path.
    package static func listener(_ arguments: Arguments) throws(SysError) -> OwnedFD {
        guard !arguments.socket.isEmpty else { return try UnixSocket.inheritedListener(3) }
        let path = SocketAddress(arguments.socket)?.path ?? arguments.socket
        let socket = try UnixSocket.bind(.path(path))
        try File.setMode(path, 0o600)
        try UnixSocket.listen(socket)
        return socket
    }
}

import Messages
import Synchronization
import Sys
import TTRPC
import Testing

@testable import Shim

@Suite("Daemon", .timeLimit(.minutes(1)))
struct DaemonTests {
    private let scratch = Scratch()
    private let tasks = FakeTasks()
    private var address: SocketAddress {
        SocketAddress(containerd: "c", namespace: "n", group: "g", directory: scratch.path)
    }

    private func start(_ tasks: FakeTasks? = nil, round: Duration = .seconds(60)) async throws
        -> Task<Void, Never>
    {
        guard case .ours(let listener) = try await SocketClaim.take(address) else {
            throw SysError("bind", address.path, .addressInUse)
        }
        var limits = Daemon.Limits()
        limits.round = round
        let publisher = Publisher(address: "", namespace: "n", log: .none)
        let daemon = Daemon(tasks ?? self.tasks, publisher, address: address, limits: limits, log: .none)
        return Task { [listener = try listener.duplicate()] in await daemon.run(listener) }
    }

    @Test func itServesUntilShutdownAndRemovesItsSocket() async throws {
        let running = try await start()
        let client = try Client(connecting: .path(address.path))
        let _: Empty = try await client.call("test", "Echo", Empty())
        tasks.shutdown.report(())
        await running.value
        #expect(!File.exists(address.path))
        do {
            let _: Empty = try await client.call("test", "Echo", Empty())
            Issue.record("answered after the end")
        } catch {
            #expect(error.code == .unavailable)
        }
    }

    @Test func theAnswerToTheLastCallGoesOut() async throws {
        let running = try await start()
        let client = try Client(connecting: .path(address.path))
        let _: Empty = try await client.call("test", "Shutdown", Empty())
        await running.value
    }

    /// Without an end of the client's the connection ends at once, or when the time for its farewell is over.
    @Test func onlyAnEndAsSandboxWaitsForItsClients() async throws {
        for isSandbox in [false, true] {
            let tasks = FakeTasks()
            tasks.end(asSandbox: isSandbox)
            let running = try await start(tasks)
            let client = try Client(connecting: .path(address.path))
            let _: Empty = try await client.call("test", "Echo", Empty())
            let time = await ContinuousClock().measure {
                tasks.shutdown.report(())
                await running.value
            }
            #expect((time >= .seconds(1)) == isSandbox, "\(time)")
            client.close()
        }
    }

    @Test func anAbandonedShimEnds() async throws {
        let running = try await start(round: .milliseconds(5))
        await running.value
        #expect(!File.exists(address.path))
    }

    @Test func aConnectionKeepsAnEmptyShimForFiveRounds() async throws {
        let running = try await start(round: .milliseconds(100))
        let client = try Client(connecting: .path(address.path))
        let _: Empty = try await client.call("test", "Echo", Empty())
        // Two would be enough without it.
        try await tasks.asked(3)
        let _: Empty = try await client.call("test", "Echo", Empty())
        await running.value
        #expect(!File.exists(address.path))
        client.close()
    }

    @Test func aShimIsNotAbandonedAsSoonAsItHasAContainer() async throws {
        let running = try await start(round: .milliseconds(5))
        let client = try Client(connecting: .path(address.path))
        tasks.set(.live)
        try await tasks.asked(10)
        let _: Empty = try await client.call("test", "Echo", Empty())
        tasks.shutdown.report(())
        await running.value
    }

    @Test func containersKeepAShimThatNobodyIsConnectedTo() async throws {
        tasks.set(.stopped)
        let running = try await start(round: .milliseconds(5))
        try await tasks.asked(10)
        #expect(try address.isLive())
        tasks.set(.live)
        try File.remove(address.path)
        try await tasks.asked(10)
        tasks.set(.stopped)
        await running.value
    }
}

/// A task service that does what it is told.
private final class FakeTasks: ServedTasks {
    private struct State {
        var population = Population.empty
        var endsAsSandbox = false
        var asked = 0
        var waiting: [(count: Int, reached: OneShot<Void>)] = []
    }

    let shutdown = OneShot<Void>()
    private let state = Mutex(State())

    var services: [Service] {
        let echo = Method.unary("Echo") { (_: RequestContext, request: Empty) in request }
        let shutdown = Method.unary("Shutdown") { [shutdown] (_: RequestContext, request: Empty) in
            shutdown.report(())
            return request
        }
        return [Service(name: "test", methods: [echo, shutdown])]
    }

    func status(of error: any Error) -> Status { Status(error) }
    func untilShutdown() async { _ = try? await shutdown.wait() }
    func describe() async -> [String] { [] }

    var endsAsSandbox: Bool { state.withLock { $0.endsAsSandbox } }

    func end(asSandbox value: Bool) { state.withLock { $0.endsAsSandbox = value } }

    var population: Population {
        get async {
            let (population, reached) = state.withLock { state in
                state.asked += 1
                let reached = state.waiting.filter { $0.count <= state.asked }.map(\.reached)
                state.waiting.removeAll { $0.count <= state.asked }
                return (state.population, reached)
            }
            for one in reached { one.report(()) }
            return population
        }
    }

    func set(_ population: Population) { state.withLock { $0.population = population } }

    func closeIfEmpty() async -> Bool { state.withLock { $0.population == .empty } }

    /// Waits until the daemon has looked so many times more.
    func asked(_ more: Int) async throws {
        let reached = OneShot<Void>()
        state.withLock { $0.waiting.append(($0.asked + more, reached)) }
        try await reached.wait()
    }
}

import Messages
import Synchronization
import Sys
import TTRPC
import Testing

@testable import Shim

@Suite("Event publisher", .timeLimit(.minutes(1)))
struct PublisherTests {
    private let scratch = Scratch()
    private var path: String { scratch.path + "/events.sock" }

    private func publisher(_ change: (inout Publisher.Limits) -> Void = { _ in }) -> Publisher {
        var limits = Publisher.Limits()
        limits.pause = .milliseconds(1)
        limits.reconnect = (.milliseconds(1), .milliseconds(5))
        change(&limits)
        return Publisher(address: path, namespace: "ns", limits: limits, log: .none)
    }

    private func publish(_ numbers: Range<Int>, by publisher: Publisher) {
        for number in numbers {
            publisher.publish("/tasks/start", TaskStart(containerID: "c", pid: UInt32(number)))
        }
    }

    @Test func eventsArriveInOrderWithAllTheirParts() async throws {
        let events = try EventServer(path)
        let publisher = publisher()
        publish(0..<100, by: publisher)
        #expect(await events.pids(100) == Array(0..<100))
        let envelope = try #require(events.received.first)
        #expect(envelope.namespace == "ns" && envelope.topic == "/tasks/start")
        #expect(envelope.event?.typeURL == "containerd.events.TaskStart")
        let age = Kernel.realTime() - (envelope.timestamp?.nanosecondsSinceEpoch ?? 0)
        #expect(age >= 0 && age < 60_000_000_000)
        await publisher.flush(within: .seconds(5))
        #expect(publisher.backlog == 0)
        await events.stop()
    }

    @Test func aServerThatComesLaterGetsEverything() async throws {
        let publisher = publisher()
        publish(0..<50, by: publisher)
        let events = try EventServer(path)
        #expect(await events.pids(50) == Array(0..<50))
        await events.stop()
    }

    @Test("one who knows that it is there does not wait for the next look", arguments: [true, false])
    func itIsLookedForAtOnce(_ atTheEnd: Bool) async throws {
        let publisher = publisher { $0.reconnect = (.seconds(50), .seconds(50)) }
        publish(0..<3, by: publisher)
        // It has looked once, and rests.
        while !publisher.isResting { try await Task.sleep(for: .milliseconds(1)) }
        let events = try EventServer(path)
        if atTheEnd {
            await publisher.flush(within: .seconds(20))
        } else {
            await publisher.catchUp(within: .seconds(20))
        }
        #expect(events.received.count == 3 && publisher.backlog == 0)
        await events.stop()
    }

    @Test func aRestartLosesNothing() async throws {
        let first = try EventServer(path)
        let publisher = publisher()
        publish(0..<20, by: publisher)
        #expect(await first.pids(20) == Array(0..<20))
        await first.stop()
        publish(20..<40, by: publisher)
        let second = try EventServer(path)
        publish(40..<60, by: publisher)
        #expect(await second.pids(40) == Array(20..<60))
        await second.stop()
    }

    @Test func aRefusedEventIsTriedAgainInItsPlace() async throws {
        let events = try EventServer(path, refusals: 3)
        let publisher = publisher()
        publish(0..<5, by: publisher)
        #expect(await events.pids(5) == Array(0..<5))
        #expect(events.calls == 8)
        await events.stop()
    }

    @Test func anEventThatIsRefusedForGoodIsDropped() async throws {
        let events = try EventServer(path, refusals: 6)
        let publisher = publisher()
        publish(0..<3, by: publisher)
        #expect(await events.pids(2) == [1, 2])
        #expect(events.calls == 8)
        await events.stop()
    }

    @Test func aServerThatDoesNotAnswerIsNotWaitedForEver() async throws {
        // Accepts into its backlog, and that is all.
        let silent = try UnixSocket.bind(.path(path))
        try UnixSocket.listen(silent)
        let publisher = publisher { $0.call = .milliseconds(10) }
        publish(0..<2, by: publisher)
        await publisher.flush(within: .seconds(30))
        #expect(publisher.backlog == 0, "each is given up after a call")
        silent.close()
    }

    @Test func whatIsAnsweredLateIsNotToldTwice() async throws {
        let events = try EventServer(path, delay: .milliseconds(200))
        let publisher = publisher { $0.call = .milliseconds(20) }
        publish(0..<3, by: publisher)
        #expect(await events.pids(3).sorted() == Array(0..<3))
        await publisher.flush(within: .seconds(5))
        #expect(events.calls == 3)
        await events.stop()
    }

    @Test func theOldestGoWhenThereAreTooMany() async throws {
        let publisher = publisher { $0.queue = 10 }
        publish(0..<25, by: publisher)
        #expect(publisher.backlog == 10)
        let events = try EventServer(path)
        #expect(await events.pids(10) == Array(15..<25))
        await events.stop()
    }

    @Test func theLastFlushIsBounded() async throws {
        let publisher = publisher()
        publish(0..<3, by: publisher)
        await publisher.flush(within: .milliseconds(20))
        #expect(publisher.backlog == 3)
    }

    @Test(arguments: ["", "tcp://127.0.0.1:1"])
    func withoutAnAddressNothingIsKept(_ address: String) async {
        let publisher = Publisher(address: address, namespace: "ns", log: .none)
        publish(0..<3, by: publisher)
        #expect(publisher.backlog == 0)
        await publisher.flush(within: .seconds(1))
    }
}

/// containerd's event service, which may refuse the first calls.
private final class EventServer: Sendable {
    private struct State {
        var refusals: Int
        var calls = 0
        var received: [Envelope] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let path: String
    private let state: Mutex<State>
    private let serving: Mutex<(server: Server, task: Task<Void, Never>)?> = Mutex(nil)

    init(_ path: String, refusals: Int = 0, delay: Duration = .zero) throws {
        self.path = path
        state = Mutex(State(refusals: refusals))
        try File.remove(path)
        let listener = try UnixSocket.bind(.path(path))
        try UnixSocket.listen(listener)
        let forward = Method.unary("Forward") { [weak self] (_: RequestContext, request: ForwardRequest) in
            // As one does that is stopped for a while: it knows nothing of the call's time.
            await Task.detached { try? await Task.sleep(for: delay) }.value
            try self?.take(request)
            return Empty()
        }
        let server = Server(services: [
            Service(name: "containerd.services.events.ttrpc.v1.Events", methods: [forward])
        ])
        let task = Task { _ = try? await server.serve(listener: listener) }
        serving.withLock { $0 = (server, task) }
    }

    var received: [Envelope] { state.withLock { $0.received } }
    var calls: Int { state.withLock { $0.calls } }

    private func take(_ request: ForwardRequest) throws {
        let full = try state.withLock { state in
            state.calls += 1
            if state.refusals > 0 {
                state.refusals -= 1
                throw Status(.internal, "not now")
            }
            if let envelope = request.envelope { state.received.append(envelope) }
            let full = state.waiting.filter { $0.count <= state.received.count }
            state.waiting.removeAll { $0.count <= state.received.count }
            return full
        }
        for wait in full { wait.continuation.resume() }
    }

    /// The pids of the events, once there are so many.
    func pids(_ count: Int) async -> [Int] {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state in
                if state.received.count < count { state.waiting.append((count, continuation)) }
                return state.received.count >= count
            }
            if there { continuation.resume() }
        }
        return received.compactMap { envelope in
            let event: TaskStart? = try? envelope.event?.unpack()
            return event.map { Int($0.pid) }
        }
    }

    func stop() async {
        guard let (server, task) = serving.withLock({ $0 }) else { return }
        try? File.remove(path)
        await server.shutdown(within: .seconds(1))
        await task.value
    }
}

package import Messages
internal import Proc
internal import Synchronization
internal import Sys
internal import TTRPC

/// Forwards events to containerd, in the order in which they were published.
///
/// Publishing never blocks: events queue up here, and one task sends them, one at a time. A containerd that is
/// away, as while it restarts, is waited for; an event that it refuses is dropped after some attempts. One that it
/// does not answer is not sent again: it lies in containerd's socket, and would be told twice. Without an address, as
/// under CRI-O, nothing is published.
package final class Publisher: Sendable {
    /// How much is kept and how long is tried; but for the time of a call, after which those send anew, the defaults are
    /// those of containerd's own shims.
    package struct Limits: Sendable {
        /// Events that wait; the oldest goes when there is one more.
        package var queue = 2048
        /// Further attempts for an event that containerd does not take.
        package var retries = 5
        /// The time of one call.
        package var call = Duration.seconds(60)
        /// The pause after the first refusal; one more of it after each further one.
        package var pause = Duration.seconds(1)
        /// The first and the longest pause between attempts to connect.
        package var reconnect = (first: Duration.milliseconds(100), longest: Duration.seconds(2))

        package init() {}
    }

    private struct Entry {
        let number: UInt64
        let envelope: Envelope
    }

    private struct State {
        var queue: [Entry] = []
        var next: UInt64 = 0
        var sending = false
        /// Waits before it looks for containerd again.
        var isAway = false
        var sleeper: OneShot<Void>?
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let address: SocketAddress?
    private let namespace: String
    private let limits: Limits
    private let log: Log
    private let state = Mutex(State())

    /// Publishes to the socket at `address`, a path or "unix://" and a path; empty for nowhere.
    package init(address: String, namespace: String, limits: Limits = Limits(), log: Log) {
        self.address = SocketAddress(address)
        self.namespace = namespace
        self.limits = limits
        self.log = log
        if self.address == nil && !address.isEmpty {
            log.warning("publish no events: \"\(address)\" is no address of a unix socket")
        }
    }

    /// Whether there is anybody to publish to.
    package var hasContainerd: Bool { address != nil }

    /// Events that have not been taken yet.
    package var backlog: Int { state.withLock { $0.queue.count } }

    /// Puts an event at the end of the queue, dated now.
    package func publish(_ topic: String, _ event: some Message) {
        publish(
            Envelope(
                timestamp: Timestamp(nanosecondsSinceEpoch: Kernel.realTime()), namespace: namespace,
                topic: topic, event: AnyMessage(packing: event)))
    }

    private func publish(_ envelope: Envelope) {
        guard address != nil else { return }
        let (dropped, begins) = state.withLock { state -> (Envelope?, Bool) in
            var dropped: Envelope?
            if state.queue.count >= limits.queue { dropped = state.queue.removeFirst().envelope }
            state.queue.append(Entry(number: state.next, envelope: envelope))
            state.next += 1
            defer { state.sending = true }
            return (dropped, !state.sending)
        }
        if let dropped {
            log.error("drop event \(dropped.topic): \(limits.queue) newer ones wait for containerd")
        }
        if begins { Task { await send() } }
    }

    /// Waits until all events have been taken, or for `limit`.
    package func flush(within limit: Duration) async {
        do {
            try await Abandon.task(after: limit, "publish the last events") { await self.drained() }
        } catch {
            log.error("\(backlog) events are lost: \(error)")
        }
    }

    /// Sees what a containerd that was away has missed taken, now that it is there again, but waits no longer than `limit`.
    ///
    /// Otherwise it would hear of an end when the next task of the same id runs, and take it for that one's.
    package func catchUp(within limit: Duration) async {
        guard state.withLock({ $0.isAway }) else { return }
        _ = await within(limit) { await self.drained() }
    }

    /// Whether containerd is away, and it is not yet time to look for it again.
    var isResting: Bool { state.withLock { $0.sleeper != nil } }

    /// Waits until it is time to look for containerd again, which is soon while somebody waits for the queue to be empty.
    private func rest(_ pause: Duration) async {
        let sleeper = OneShot<Void>()
        let pause = state.withLock { state in
            (state.isAway, state.sleeper) = (true, sleeper)
            return state.waiting.isEmpty ? pause : min(pause, limits.reconnect.first)
        }
        _ = await within(pause) { try? await sleeper.wait() }
        state.withLock { $0.sleeper = nil }
    }

    private func drained() async {
        await withCheckedContinuation { continuation in
            let (empty, sleeper) = state.withLock { state in
                if !state.queue.isEmpty { state.waiting.append(continuation) }
                return (state.queue.isEmpty, state.sleeper)
            }
            if empty { continuation.resume() }
            sleeper?.report(())
        }
    }

    // MARK: sending

    /// Sends until nothing is left; there is only one such task at a time.
    private func send() async {
        var connection = Forwarder(address: address, namespace: namespace, timeout: limits.call)
        var refusals = 0
        var pause = limits.reconnect.first
        while let entry = front() {
            switch await connection.forward(entry.envelope) {
            case .taken:
                (refusals, pause) = (0, limits.reconnect.first)
                state.withLock { $0.isAway = false }
                remove(entry)
            case .unanswered(let reason):
                log.error("publish event \(entry.envelope.topic): \(reason); it is not sent again")
                remove(entry)
            case .away(let reason):
                if pause == limits.reconnect.first { log.warning("publish events later: \(reason)") }
                await rest(pause)
                pause = min(pause * 2, limits.reconnect.longest)
            case .refused(let reason):
                refusals += 1
                log.error("publish event \(entry.envelope.topic): \(reason)")
                if refusals > limits.retries {
                    log.error("drop event \(entry.envelope.topic) after \(refusals) attempts")
                    refusals = 0
                    remove(entry)
                } else {
                    try? await Task.sleep(for: limits.pause * refusals)
                }
            }
        }
    }

    /// The next event; `nil` ends the task.
    private func front() -> Entry? {
        state.withLock { state in
            if state.queue.isEmpty { state.sending = false }
            return state.queue.first
        }
    }

    private func remove(_ entry: Entry) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            // It may have been dropped meanwhile to make room.
            if state.queue.first?.number == entry.number { state.queue.removeFirst() }
            guard state.queue.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// The connection to containerd's event service, made when it is needed.
private struct Forwarder {
    enum Outcome {
        case taken
        /// Nobody is there, or was until the call was answered.
        case away(String)
        /// It is there, and may have taken it.
        case unanswered(String)
        case refused(String)
    }

    let address: SocketAddress?
    let namespace: String
    let timeout: Duration
    private var client: Client?

    init(address: SocketAddress?, namespace: String, timeout: Duration) {
        self.address = address
        self.namespace = namespace
        self.timeout = timeout
    }

    mutating func forward(_ envelope: Envelope) async -> Outcome {
        let hadClient = client.map { !$0.isClosed } ?? false
        let outcome = await attempt(envelope)
        // A connection that was open may have been that of a containerd which is gone: the next is there already.
        if case .away = outcome, hadClient { return await attempt(envelope) }
        return outcome
    }

    private mutating func attempt(_ envelope: Envelope) async -> Outcome {
        let client: Client
        do throws(SysError) { client = try connected() } catch { return .away("\(error)") }
        do throws(Status) {
            let _: Empty = try await client.call(
                "containerd.services.events.ttrpc.v1.Events", "Forward", ForwardRequest(envelope: envelope),
                metadata: [("containerd-namespace-ttrpc", namespace)], timeout: timeout)
            return .taken
        } catch {
            guard client.isClosed else {
                return error.code == .deadlineExceeded ? .unanswered("\(error)") : .refused("\(error)")
            }
            self.client = nil
            return .away("\(error)")
        }
    }

    private mutating func connected() throws(SysError) -> Client {
        if let client, !client.isClosed { return client }
        guard let address else { throw SysError("connect", "", .noEntry) }
        let client = try Client(connecting: .path(address.path))
        self.client = client
        return client
    }
}

package import Sys
internal import Synchronization

/// Serves ttRPC on Unix sockets.
///
/// Every call runs in a task of its own, and calls of one connection are answered in whatever order they end.
/// Connections know nothing of each other: one whose peer does not read, or sends garbage, hurts only itself.
package final class Server: Sendable {
    /// What one connection may use.
    package struct Limits: Sendable {
        /// The calls that may run at a time; a further one is answered with `resourceExhausted`.
        package var calls: Int
        /// The bytes of answers that may wait for a peer that does not read; one more ends the connection.
        package var queuedBytes: Int

        package init(calls: Int = 4096, queuedBytes: Int = 64 << 20) {
            self.calls = calls
            self.queuedBytes = queuedBytes
        }
    }

    private let router: Router
    private let peerUID: UInt32
    private let state = Mutex(State())

    fileprivate struct State {
        var stopped = false
        var listeners: [ObjectIdentifier: AsyncFD] = [:]
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []

        var isEmpty: Bool { listeners.isEmpty && connections.isEmpty }
    }

    /// - Parameters:
    ///   - services: With different names.
    ///   - limits: For each connection.
    ///   - peerUID: The only user whose connections are served.
    ///   - status: Turns what a handler throws into what its caller gets.
    ///   - answered: Called after every answer.
    package init(
        services: [Service], limits: Limits = Limits(), peerUID: UInt32 = Kernel.effectiveUID,
        status: @escaping @Sendable (any Error) -> Status = { Status($0) },
        answered: @escaping @Sendable () -> Void = {}
    ) {
        router = Router(
            methods: Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0.methods) }),
            limits: limits, status: status, answered: answered)
        self.peerUID = peerUID
    }

    // MARK: serving

    /// Accepts and serves connections until `shutdown` is called or the calling task is cancelled; returns when
    /// all of them have ended.
    ///
    /// - Parameter listener: A listening Unix socket. Taken over; closed at the end.
    /// - Throws: What accept(2) failed with, when it is of no use to try again.
    package func serve(listener: OwnedFD) async throws(SysError) {
        let socket = try AsyncFD(listener)
        defer { socket.close() }
        let id = ObjectIdentifier(socket)
        guard state.withLock({ $0.enlist(socket, id, \.listeners) }) else { return }
        defer { state.withLock { $0.delist(id, \.listeners) } }

        let failure = await withDiscardingTaskGroup { connections -> SysError? in
            do throws(SysError) {
                while let peer = try await accept(listener, socket) {
                    connections.addTask { await self.serve(connection: peer) }
                }
                return nil
            } catch {
                connections.cancelAll()
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Serves one connection until it ends.
    ///
    /// A peer of another user is sent away without a word.
    ///
    /// - Parameter connection: A connected Unix socket. Taken over; closed at the end.
    package func serve(connection: OwnedFD) async {
        guard (try? UnixSocket.peerUID(connection)) == peerUID,
            let served = try? ServerConnection(connection, router)
        else { return connection.close() }
        let id = ObjectIdentifier(served)
        guard state.withLock({ $0.enlist(served, id, \.connections) }) else { return }
        await served.run()
        state.withLock { $0.delist(id, \.connections) }
    }

    /// Waits for the next connection; `nil` after `shutdown` or cancellation.
    private func accept(_ listener: OwnedFD, _ socket: AsyncFD) async throws(SysError) -> OwnedFD? {
        while !Task.isCancelled, !state.withLock({ $0.stopped }) {
            do throws(SysError) {
                if let peer = try UnixSocket.accept(listener) { return peer }
                try await socket.ready(.read)
            } catch {
                if error.code.passesForAccept {
                    // Nothing tells when the host has descriptors again.
                    try? await Task.sleep(for: .milliseconds(50))
                } else if !Task.isCancelled, !state.withLock({ $0.stopped }) {
                    throw error
                }
            }
        }
        return nil
    }

    // MARK: shutdown

    /// Stops accepting, lets running calls answer, and closes everything; returns when no connection is left.
    ///
    /// A call that comes in meanwhile is answered with `unavailable`. A handler must not await this: its own
    /// answer would come too late.
    ///
    /// - Parameters:
    ///   - limit: What running calls have left; then their connections are closed all the same.
    ///   - farewell: What the clients have to close first. A client of Go's that finds an answer and the end of its
    ///     connection at once takes either for the outcome of its call.
    package func shutdown(within limit: Duration, farewell: Duration = .zero) async {
        state.withLock { state in
            state.stopped = true
            for listener in state.listeners.values { listener.shutdown() }
        }
        var timers: [Alarm] = []
        if farewell == .zero {
            closeWhenIdle()
        } else {
            timers.append(Alarm(after: farewell) { [self] in closeWhenIdle() })
        }
        timers.append(
            Alarm(after: farewell + limit) { [self] in
                for connection in connections { connection.close() }
            })
        await ended()
        for timer in timers { timer.cancel() }
    }

    private func closeWhenIdle() { for connection in connections { connection.closeWhenIdle() } }

    /// How many connections are served now.
    package var connectionCount: Int { state.withLock { $0.connections.count } }

    private var connections: [ServerConnection] { state.withLock { Array($0.connections.values) } }

    /// Waits until nothing is served any more.
    private func ended() async {
        await withCheckedContinuation { continuation in
            let empty = state.withLock { state -> Bool in
                if !state.isEmpty { state.waiting.append(continuation) }
                return state.isEmpty
            }
            if empty { continuation.resume() }
        }
    }
}

fileprivate extension Server.State {
    /// Registers what is served; false when the server has stopped.
    mutating func enlist<Served>(
        _ served: Served, _ id: ObjectIdentifier,
        _ list: WritableKeyPath<Self, [ObjectIdentifier: Served]>
    ) -> Bool {
        if !stopped { self[keyPath: list][id] = served }
        return !stopped
    }

    mutating func delist<Served>(
        _ id: ObjectIdentifier, _ list: WritableKeyPath<Self, [ObjectIdentifier: Served]>
    ) {
        self[keyPath: list][id] = nil
        guard isEmpty else { return }
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

import Glibc
import Messages
import Sys
import Testing

@testable import TTRPC

extension AsyncFD {
    /// Ends one direction: the other side reads what was sent, then the end.
    func shutdownWriting() { _ = Glibc.shutdown(raw, Int32(SHUT_WR)) }
}

/// Beyond the time limit of a test: what waits for it fails.
private let noLimit = Duration.seconds(3600)

@Suite("Server shutdown", .timeLimit(.minutes(1)))
struct ShutdownTests {
    private func start(_ test: TestService) throws -> (Server, UnixAddress, Task<Void, any Error>) {
        let server = Server(services: [test.service])
        let address = uniqueAddress()
        let listener = try UnixSocket.bind(address)
        try UnixSocket.listen(listener)
        return (server, address, Task { try await server.serve(listener: listener) })
    }

    @Test func idleConnectionsAreClosedAndNewOnesRefused() async throws {
        let (server, address, serving) = try start(TestService())
        let peer = try RawPeer(connecting: address)
        try await peer.request(1, "Echo", [1])
        #expect(try await peer.response() == .success(1, [1]))
        await server.shutdown(within: noLimit)
        try await serving.value
        #expect(try await peer.next() == nil)
        #expect(throws: SysError.self) { try UnixSocket.connect(address) }
        // Once more is fine.
        await server.shutdown(within: noLimit)
    }

    @Test func clientsMayCloseFirst() async throws {
        let (server, address, serving) = try start(TestService())
        let peer = try RawPeer(connecting: address)
        try await peer.request(1, "Echo", [1])
        #expect(try await peer.response() == .success(1, [1]))
        let shutdown = Task { await server.shutdown(within: noLimit, farewell: noLimit) }
        // Still served, whether the shutdown has begun or not.
        try await peer.request(3, "Echo", [2])
        #expect(try await peer.response() == .success(3, [2]))
        peer.close()
        await shutdown.value
        try await serving.value
    }

    @Test func clientsThatDoNotCloseAreClosed() async throws {
        let (server, address, serving) = try start(TestService())
        let peer = try RawPeer(connecting: address)
        await server.shutdown(within: noLimit, farewell: .milliseconds(1))
        try await serving.value
        #expect(try await peer.next() == nil)
    }

    @Test func runningCallAnswersAndNewOnesAreRefused() async throws {
        let test = TestService()
        let (server, address, serving) = try start(test)
        let peer = try RawPeer(connecting: address)
        try await peer.request(1, "Gate", [1])
        var events = test.events.makeAsyncIterator()
        #expect(await events.next() == "start Gate")
        let shutdown = Task { await server.shutdown(within: noLimit) }
        // Whether shutdown has begun shows in the answer to a further call.
        var stream: UInt32 = 3
        var refused: Status?
        while refused == nil {
            try await peer.request(stream, "Echo", [2])
            refused = try await peer.response().status
            stream += 2
        }
        #expect(refused?.code == .unavailable)
        test.gate.open()
        #expect(try await peer.response() == .success(1, [1]))
        #expect(try await peer.next() == nil)
        await shutdown.value
        try await serving.value
    }

    @Test func largeAnswerOfTheLastCallIsWhole() async throws {
        let test = TestService()
        let (server, address, serving) = try start(test)
        let peer = try RawPeer(connecting: address)
        let payload = [UInt8](repeating: 3, count: 4_000_000)
        try await peer.request(1, "Gate", payload)
        var events = test.events.makeAsyncIterator()
        #expect(await events.next() == "start Gate")
        let shutdown = Task { await server.shutdown(within: noLimit) }
        test.gate.open()
        #expect(try await peer.response() == .success(1, payload))
        #expect(try await peer.next() == nil)
        await shutdown.value
        try await serving.value
    }

    @Test func callThatDoesNotEndIsLeftAfterTheLimit() async throws {
        let test = TestService()
        let (server, address, serving) = try start(test)
        let peer = try RawPeer(connecting: address)
        try await peer.request(1, "Gate")
        var events = test.events.makeAsyncIterator()
        #expect(await events.next() == "start Gate")
        await server.shutdown(within: .milliseconds(50))
        try await serving.value
        #expect(try await peer.next() == nil)
        test.gate.open()
        #expect(await events.next() == "end Gate")
    }

    @Test func callWhoseTimeIsUpKeepsNobodyWaiting() async throws {
        let test = TestService()
        let (server, address, serving) = try start(test)
        let peer = try RawPeer(connecting: address)
        try await peer.request(1, "Gate", timeoutNano: 10_000_000)
        #expect(try await peer.response().status?.code == .deadlineExceeded)
        await server.shutdown(within: noLimit)
        try await serving.value
        test.gate.open()
    }

    @Test func handlerMayStartTheShutdown() async throws {
        let pair = try SocketPair()
        let peer = try RawPeer(pair.first)
        let (servers, continuation) = AsyncStream<Server>.makeStream()
        let service = Service(
            name: "test.Test",
            methods: [
                Method(name: "Shutdown") { _, _ in
                    for await server in servers {
                        Task { await server.shutdown(within: noLimit) }
                        break
                    }
                    return [1]
                }
            ])
        let server = Server(services: [service])
        continuation.yield(server)
        async let served: Void = server.serve(connection: pair.second)
        try await peer.request(1, "Shutdown")
        #expect(try await peer.response() == .success(1, [1]))
        #expect(try await peer.next() == nil)
        await served
    }

    @Test func noDescriptorIsLeft() async throws {
        let test = TestService()
        let (server, address, serving) = try start(test)
        #expect(descriptors(of: address) == 1)
        for round in 0..<50 {
            let client = try Client(connecting: address)
            _ = try await client.call("test.Test", "Echo", [1])
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Wait")
            if round % 2 == 0 { try await peer.send([UInt8](repeating: 0xFF, count: 10)) }
            peer.close()
        }
        let client = try Client(connecting: address)
        _ = try await client.call("test.Test", "Echo", [1])
        await server.shutdown(within: noLimit)
        try await serving.value
        client.close()
        // Sockets are closed on the I/O queue, a moment after the last task has let go of them.
        let limit = ContinuousClock.now.advanced(by: .seconds(10))
        while descriptors(of: address) > 0, ContinuousClock.now < limit {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(descriptors(of: address) == 0)
    }

    /// The descriptors of this process that are bound or connected to an address: whatever else the process
    /// has open, these are the test's own.
    private func descriptors(of address: UnixAddress) -> Int {
        guard case .abstract(let name) = address else { return -1 }
        return (0..<4096).count { number in
            let calls: [(Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32] = [
                { getsockname($0, $1, $2) }, { getpeername($0, $1, $2) },
            ]
            return calls.contains { call in
                var storage = sockaddr_un()
                var length = socklen_t(MemoryLayout<sockaddr_un>.size)
                let found = withUnsafeMutablePointer(to: &storage) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(Int32(number), $0, &length) }
                }
                guard found == 0, storage.sun_family == AF_UNIX else { return false }
                return withUnsafeBytes(of: storage.sun_path) {
                    Array($0.prefix(Int(length) - MemoryLayout<sa_family_t>.size)) == [0] + name
                }
            }
        }
    }
}

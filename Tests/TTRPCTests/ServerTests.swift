import Messages
import Sys
import Testing

@testable import TTRPC

@Suite("Server", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test func callIsAnsweredOnItsStream() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(7, "Echo", [1, 2, 3])
            #expect(
                try await peer.next()
                    == .message(
                        FrameHeader(length: 5, stream: 7, kind: .response), [0x12, 3, 1, 2, 3]))
            try await peer.request(9, "Echo", [])
            #expect(try await peer.response() == .success(9, []))
        }
    }

    @Test func quickCallOvertakesASlowOne() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Gate", [1])
            try await peer.request(3, "Echo", [2])
            #expect(try await peer.response() == .success(3, [2]))
            test.gate.open()
            #expect(try await peer.response() == .success(1, [1]))
        }
    }

    @Test("look-ups are answered by the thread that reads, of whatever connection")
    func lookupsNeedNoOtherThread() async throws {
        try await withServer { _, address in
            var threads: Set<[UInt8]> = []
            for _ in 0..<3 {
                let peer = try RawPeer(connecting: address)
                for stream in [UInt32(1), 3, 5] {
                    try await peer.request(stream, "Thread")
                    threads.insert(try await peer.response().payload)
                }
            }
            #expect(threads.count == 1)
        }
    }

    @Test func unknownNamesAreUnimplemented() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Nothing")
            let method = try await peer.response()
            #expect(method.status == Status(.unimplemented, "method Nothing of service test.Test"))
            try await peer.request(3, "Echo", service: "test.Other")
            #expect(try await peer.response().status == Status(.unimplemented, "service test.Other"))
            try await peer.request(5, String(repeating: "x", count: 4_000_000))
            let long = try #require(try await peer.response().status)
            #expect(long.code == .unimplemented && long.message.utf8.count < 20_000)
        }
    }

    @Test func thrownErrorsBecomeStatus() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Fail")
            #expect(try await peer.response().status == Status(.notFound, "no such thing"))
            try await peer.request(3, "Throw")
            #expect(try await peer.response().status == Status(.unknown, "custom failure"))
        }
        #expect(Status(CancellationError()).code == .canceled)
        #expect(Status(DeadlineExceeded(operation: "x", limit: .seconds(1))).code == .deadlineExceeded)
    }

    @Test func injectedMappingIsUsed() async throws {
        let mapping: @Sendable (any Error) -> Status = {
            $0 is CustomError ? Status(.aborted, "mapped") : Status(.ok, "not a success")
        }
        try await withServer(status: mapping) { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Throw")
            #expect(try await peer.response().status == Status(.aborted, "mapped"))
            try await peer.request(3, "Fail")
            #expect(try await peer.response().status == Status(.internal, "not a success"))
        }
    }

    @Test func handlerSeesHeadersAndDeadline() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            let headers = [
                TTRPCKeyValue(key: "Containerd-Namespace-Ttrpc", value: "k8s.io"),
                TTRPCKeyValue(key: "containerd-namespace-ttrpc", value: "second"),
            ]
            let asked = TTRPCKeyValue(key: "containerd-namespace-ttrpc").encoded()
            try await peer.request(1, "Context", asked, timeoutNano: 60_000_000_000, metadata: headers)
            let known = try TTRPCKeyValue(decoding: try await peer.response().payload)
            #expect(known == TTRPCKeyValue(key: "k8s.io", value: "test.Test/Context true"))
            try await peer.request(3, "Context", asked)
            let unknown = try TTRPCKeyValue(decoding: try await peer.response().payload)
            #expect(unknown == TTRPCKeyValue(key: "none", value: "test.Test/Context false"))
            try await peer.request(5, "Context", [0xFF])
            #expect(try await peer.response().status?.code == .invalidArgument)
        }
    }

    @Test func limitOfCallsHolds() async throws {
        let test = TestService()
        try await withServer(test, limits: Server.Limits(calls: 3)) { _, address in
            let peer = try RawPeer(connecting: address)
            for stream: UInt32 in [1, 3, 5, 7] { try await peer.request(stream, "Gate", [0]) }
            let refused = try await peer.response()
            #expect(refused.stream == 7 && refused.status?.code == .resourceExhausted)
            try await expectAlive(address)
            test.gate.open()
            var streams: Set<UInt32> = []
            for _ in 0..<3 { streams.insert(try await peer.response().stream) }
            #expect(streams == [1, 3, 5])
        }
    }

    @Test func otherUsersAreSentAway() async throws {
        let test = TestService()
        try await withServer(test, peerUID: Kernel.effectiveUID + 1) { _, address in
            let peer = try RawPeer(connecting: address)
            // May fail already: the server need not have waited for it.
            try? await peer.request(1, "Echo", [1])
            #expect(try await peer.next() == nil)
        }
    }

    @Test func servesOneGivenConnection() async throws {
        let pair = try SocketPair()
        let server = Server(services: [TestService().service])
        async let served: Void = server.serve(connection: pair.second)
        let peer = try RawPeer(pair.first)
        try await peer.request(1, "Echo", [4])
        #expect(try await peer.response() == .success(1, [4]))
        peer.close()
        await served
    }

    // MARK: the peer goes away

    @Test func handlersEndWithTheirConnection() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            var events = test.events.makeAsyncIterator()
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Wait")
            #expect(await events.next() == "start Wait")
            peer.close()
            #expect(await events.next() == "end Wait")
            try await expectAlive(address)
        }
    }

    @Test func cancelledServerEndsEverything() async throws {
        let test = TestService()
        let server = Server(services: [test.service])
        let address = uniqueAddress()
        let listener = try UnixSocket.bind(address)
        try UnixSocket.listen(listener)
        let serving = Task { try await server.serve(listener: listener) }
        var events = test.events.makeAsyncIterator()
        let peer = try RawPeer(connecting: address)
        try await peer.request(1, "Wait")
        #expect(await events.next() == "start Wait")
        serving.cancel()
        try await serving.value
        #expect(await events.next() == "end Wait")
        #expect(try await peer.next() == nil)
    }

    // MARK: deadlines

    @Test func deadlineAnswersForACooperativeHandler() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            var events = test.events.makeAsyncIterator()
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Wait", timeoutNano: 20_000_000)
            #expect(try await peer.response().status?.code == .deadlineExceeded)
            #expect(await events.next() == "start Wait")
            #expect(await events.next() == "end Wait")
            // The handler's own end is no second answer.
            try await peer.request(3, "Echo", [1])
            #expect(try await peer.response() == .success(3, [1]))
        }
    }

    @Test func deadlineAnswersForAHandlerThatIgnoresIt() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Gate", timeoutNano: 20_000_000)
            #expect(try await peer.response().status?.code == .deadlineExceeded)
            var events = test.events.makeAsyncIterator()
            test.gate.open()
            #expect(await events.next() == "start Gate")
            #expect(await events.next() == "end Gate")
            try await peer.request(3, "Echo", [1])
            #expect(try await peer.response() == .success(3, [1]))
        }
    }

    @Test func deadlinesFarAwayAndLongPastAreFine() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Echo", [1], timeoutNano: .max)
            #expect(try await peer.response() == .success(1, [1]))
            try await peer.request(3, "Echo", [1], timeoutNano: -1)
            #expect(try await peer.response().status?.code == .deadlineExceeded)
            try await peer.request(5, "Echo", [1], timeoutNano: .min)
            #expect(try await peer.response().status?.code == .deadlineExceeded)
        }
    }
}

import Messages
import Sys
import Testing

@testable import TTRPC

@Suite("Client", .timeLimit(.minutes(1)))
struct ClientTests {
    private func pair(queueLimit: Int = 16 << 20) throws -> (Client, RawPeer) {
        let pair = try SocketPair()
        return (try Client(connection: pair.first, queueLimit: queueLimit), try RawPeer(pair.second))
    }

    @Test func requestIsOnTheWireAsAsked() async throws {
        let (client, peer) = try pair()
        async let answer = client.call(
            "a.Service", "Method", [1, 2], metadata: [("k", "v"), ("k", "w")], timeout: .seconds(5))
        let (header, request) = try await peer.received()
        #expect(header.stream == 1 && header.kind == .request && header.flags == [])
        #expect(
            request
                == TTRPCRequest(
                    service: "a.Service", method: "Method", payload: [1, 2], timeoutNano: 5_000_000_000,
                    metadata: [TTRPCKeyValue(key: "k", value: "v"), TTRPCKeyValue(key: "k", value: "w")]))
        try await peer.respond(1, TTRPCResponse(payload: [3]))
        #expect(try await answer == [3])

        async let next = client.call("a.Service", "Method", [])
        let (nextHeader, nextRequest) = try await peer.received()
        #expect(nextHeader.stream == 3 && nextRequest.timeoutNano == 0)
        // Success may also be said explicitly.
        try await peer.respond(3, TTRPCResponse(status: RPCStatus(code: 0), payload: [4]))
        #expect(try await next == [4])
    }

    @Test func messagesGoBothWays() async throws {
        try await withServer { _, address in
            let client = try Client(connecting: address)
            let answer: TTRPCKeyValue = try await client.call(
                "test.Test", "Context", TTRPCKeyValue(key: "name"), metadata: [("Name", "value")],
                timeout: .seconds(30))
            #expect(answer == TTRPCKeyValue(key: "value", value: "test.Test/Context true"))
            await #expect(throws: Status(.notFound, "no such thing")) {
                _ = try await client.call("test.Test", "Fail", [])
            }
        }
    }

    @Test func answersInAnyOrderFindTheirCalls() async throws {
        let (client, peer) = try pair()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in UInt8(0)..<200 {
                group.addTask { try await client.call("s", "m", [number]) == [number] }
            }
            var requests: [(FrameHeader, TTRPCRequest)] = []
            for _ in 0..<200 { requests.append(try await peer.received()) }
            #expect(requests.map(\.0.stream) == (0..<200).map { 2 * $0 + 1 })
            for (header, request) in requests.shuffled() {
                try await peer.respond(header.stream, TTRPCResponse(payload: request.payload))
            }
            for try await right in group { #expect(right) }
        }
    }

    @Test func thousandCallsInFlight() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            let client = try Client(connecting: address)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    let payload = Array("\(number)".utf8) + [UInt8](repeating: 1, count: number)
                    group.addTask { try await client.call("test.Test", "Gate", payload) == payload }
                }
                // Only when all of them run does any of them end.
                var started = 0
                for await _ in test.events {
                    started += 1
                    if started == 1000 { break }
                }
                test.gate.open()
                for try await right in group { #expect(right) }
            }
        }
    }

    @Test func manyConnectionsAndCancellationsAtOnce() async throws {
        try await withServer { _, address in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    let client = try Client(connecting: address)
                    for number in 0..<50 {
                        group.addTask {
                            if number % 5 == 0 {
                                let call = Task { try await client.call("test.Test", "Wait", []) }
                                call.cancel()
                                await #expect(throws: Status(.canceled, "canceled")) {
                                    _ = try await call.value
                                }
                            } else {
                                let payload = Array("\(number)".utf8)
                                let answer = try await client.call("test.Test", "Echo", payload)
                                #expect(answer == payload)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    // MARK: calls that fail

    @Test func silenceEndsAtTheTimeout() async throws {
        let (client, peer) = try pair()
        let failure = await #expect(throws: Status.self) {
            _ = try await client.call("s", "m", [], timeout: .milliseconds(20))
        }
        #expect(failure?.code == .deadlineExceeded)
        // The late answer finds nobody, and hurts nobody.
        let (header, _) = try await peer.received()
        try await peer.respond(header.stream, TTRPCResponse(payload: [1]))
        async let next = client.call("s", "m", [])
        let (nextHeader, _) = try await peer.received()
        try await peer.respond(nextHeader.stream, TTRPCResponse(payload: [2]))
        #expect(try await next == [2])
    }

    @Test func cancelledCallEndsAtOnce() async throws {
        let (client, peer) = try pair()
        let call = Task { try await client.call("s", "m", []) }
        _ = try await peer.received()
        call.cancel()
        await #expect(throws: Status(.canceled, "canceled")) { _ = try await call.value }
        #expect(!client.isClosed)
    }

    @Test func lostConnectionFailsAllCalls() async throws {
        let (client, peer) = try pair()
        try await withThrowingTaskGroup(of: Status.Code?.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    do throws(Status) {
                        _ = try await client.call("s", "m", [])
                        return nil
                    } catch { return error.code }
                }
            }
            for _ in 0..<100 { _ = try await peer.received() }
            peer.close()
            for try await code in group { #expect(code == .unavailable) }
        }
        #expect(client.isClosed)
        let failure = await #expect(throws: Status.self) { _ = try await client.call("s", "m", []) }
        #expect(failure?.code == .unavailable)
    }

    @Test func closeFailsCallsAndTellsThePeer() async throws {
        let (client, peer) = try pair()
        let call = Task { try await client.call("s", "m", []) }
        _ = try await peer.received()
        client.close()
        let failure = await #expect(throws: Status.self) { _ = try await call.value }
        #expect(failure?.code == .unavailable)
        #expect(client.isClosed)
        #expect(try await peer.next() == nil)
    }

    @Test func lastReferenceCloses() async throws {
        let pair = try SocketPair()
        let peer = try RawPeer(pair.second)
        do { _ = try Client(connection: pair.first) }
        #expect(try await peer.next() == nil)
    }

    @Test func nobodyListensIsAnError() async throws {
        #expect(throws: SysError.self) { try Client(connecting: uniqueAddress()) }
    }

    @Test func garbledAnswersFailTheirCallOnly() async throws {
        let (client, peer) = try pair()
        let limit = FrameHeader.messageLimit
        let answers: [([UInt8], Status.Code)] = [
            (FrameWriter.frame(.response, stream: 1, [0xFF]), .internal),
            (FrameWriter.frame(.data, stream: 3, []), .internal),
            (
                FrameHeader(length: UInt32(limit + 1), stream: 5, kind: .response).encoded
                    + [UInt8](repeating: 0, count: limit + 1), .resourceExhausted
            ),
            (
                FrameWriter.frame(
                    .response, stream: 7, TTRPCResponse(status: RPCStatus(code: 99)).encoded()), .unknown
            ),
        ]
        for (bytes, code) in answers {
            let call = Task { try await client.call("s", "m", []) }
            _ = try await peer.received()
            try await peer.send(bytes)
            let failure = await #expect(throws: Status.self) { _ = try await call.value }
            #expect(failure?.code == code)
        }
        let call = Task {
            try await client.call("s", "m", TTRPCKeyValue()) as TTRPCKeyValue
        }
        _ = try await peer.received()
        try await peer.respond(9, TTRPCResponse(payload: [0xFF]))
        let failure = await #expect(throws: Status.self) { _ = try await call.value }
        #expect(failure?.code == .internal)
        #expect(!client.isClosed)
    }

    @Test func requestOverTheLimitIsNotSent() async throws {
        let (client, peer) = try pair()
        let failure = await #expect(throws: Status.self) {
            _ = try await client.call("s", "m", [UInt8](repeating: 1, count: FrameHeader.messageLimit))
        }
        #expect(failure?.code == .resourceExhausted)
        let call = Task { try await client.call("s", "m", [1]) }
        let (header, _) = try await peer.received()
        #expect(header.stream == 1)
        try await peer.respond(1, TTRPCResponse())
        #expect(try await call.value == [])
    }

    @Test func serverThatDoesNotReadExhaustsTheQueue() async throws {
        let (client, _peer) = try pair(queueLimit: 1 << 20)
        let payload = [UInt8](repeating: 1, count: 512 << 10)
        let codes = await withTaskGroup(of: Status.Code?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do throws(Status) {
                        _ = try await client.call("s", "m", payload, timeout: .milliseconds(200))
                        return nil
                    } catch { return error.code }
                }
            }
            return await group.reduce(into: [:] as [Status.Code?: Int]) { $0[$1, default: 0] += 1 }
        }
        #expect((codes[.resourceExhausted] ?? 0) >= 4)
        #expect((codes[.deadlineExceeded] ?? 0) >= 2)
        withExtendedLifetime(_peer) {}
    }
}

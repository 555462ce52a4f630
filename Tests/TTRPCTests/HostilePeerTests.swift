import Messages
import Sys
import Testing

@testable import TTRPC

@Suite("Server and peers that misbehave", .timeLimit(.minutes(1)))
struct HostilePeerTests {
    /// The length of a request that carries `payload` bytes to Echo, without the payload itself.
    private func overhead(_ method: String, payload: Int) -> Int {
        let request = TTRPCRequest(
            service: "test.Test", method: method, payload: [UInt8](repeating: 0, count: payload))
        return request.encoded().count - payload
    }

    @Test func requestAtTheLimitIsServedAndOneOverIsRefused() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            let limit = FrameHeader.messageLimit
            let fitting = limit - overhead("Echo", payload: limit - 100)
            let payload = [UInt8](repeating: 9, count: fitting)
            try await peer.request(1, "Echo", payload)
            #expect(try await peer.response() == .success(1, payload))

            let over = FrameHeader(length: UInt32(limit + 1), stream: 3, kind: .request)
            // The answer does not wait for the message, which is passed over all the same.
            try await peer.send(over.encoded)
            let refused = try await peer.response()
            #expect(refused.stream == 3 && refused.status?.code == .resourceExhausted)
            try await peer.send([UInt8](repeating: 9, count: limit + 1))
            try await peer.request(5, "Echo", [1])
            #expect(try await peer.response() == .success(5, [1]))
        }
    }

    @Test func answerAtTheLimitIsSentAndOneOverIsRefused() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            let limit = FrameHeader.messageLimit
            // A tag and a length of four bytes precede the payload in the response.
            try await peer.request(1, "Answer", Array("\(limit - 5)".utf8))
            let fitting = try await peer.response()
            #expect(fitting.status == nil && fitting.payload.count == limit - 5)
            try await peer.request(3, "Answer", Array("\(limit - 4)".utf8))
            let refused = try await peer.response()
            #expect(refused.stream == 3 && refused.status?.code == .resourceExhausted)
        }
    }

    @Test func malformedRequestIsAnswered() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.send(FrameWriter.frame(.request, stream: 1, [0xFF, 0xFF]))
            let refused = try await peer.response()
            #expect(refused.stream == 1 && refused.status?.code == .invalidArgument)
            // No bytes are a request, but one that names nothing.
            try await peer.send(FrameWriter.frame(.request, stream: 3, []))
            #expect(try await peer.response().status?.code == .unimplemented)
            try await peer.request(5, "Echo", [1])
            #expect(try await peer.response() == .success(5, [1]))
        }
    }

    @Test(arguments: [0, 2, UInt32.max - 1]) func evenStreamIsRefused(_ stream: UInt32) async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(stream, "Echo", [1])
            let refused = try await peer.response()
            #expect(refused.stream == stream && refused.status?.code == .invalidArgument)
            try await peer.request(.max, "Echo", [1])
            #expect(try await peer.response() == .success(.max, [1]))
        }
    }

    @Test func streamInUseIsRefused() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Gate", [1])
            try await peer.request(1, "Echo", [2])
            let refused = try await peer.response()
            #expect(refused.stream == 1 && refused.status?.code == .invalidArgument)
            test.gate.open()
            #expect(try await peer.response() == .success(1, [1]))
        }
    }

    @Test(arguments: [0, 2, 3, 4, 255] as [UInt8]) func otherKindsArePassedOver(_ kind: UInt8) async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.send(FrameWriter.frame(FrameKind(rawValue: kind), stream: 1, [1, 2, 3]))
            try await peer.request(3, "Echo", [1])
            #expect(try await peer.response() == .success(3, [1]))
        }
    }

    @Test func oversizedGarbageEndsItsConnection() async throws {
        try await withServer { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.send([UInt8](repeating: 0xFF, count: 10))
            #expect(try await peer.next() == nil)
            try await expectAlive(address)
        }
    }

    @Test(arguments: [1, 9, 10, 15]) func truncatedFrameIsNoCall(_ count: Int) async throws {
        try await withServer { _, address in
            let request = TTRPCRequest(service: "test.Test", method: "Echo", payload: [1, 2, 3])
            let frame = FrameWriter.frame(.request, stream: 1, request.encoded())
            let peer = try RawPeer(connecting: address)
            try await peer.send(Array(frame.prefix(count)))
            peer.socket.shutdownWriting()
            #expect(try await peer.next() == nil)
            try await expectAlive(address)
        }
    }

    @Test func randomGarbageHurtsNobodyElse() async throws {
        try await withServer { _, address in
            let good = try Client(connecting: address)
            for seed in UInt64(0)..<200 {
                var random = SeededRandom(seed: seed)
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    let length = Int.random(in: 0...100, using: &random)
                    let garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                    // Some with a right header, to get deeper.
                    let framed = Bool.random(using: &random)
                    bytes += framed ? FrameWriter.frame(.request, stream: 1, garbage) : garbage
                }
                let peer = try RawPeer(connecting: address)
                // The server may have seen enough before the end.
                try? await peer.send(bytes)
                peer.close()
                let answer = try await good.call("test.Test", "Echo", bytes)
                #expect(answer == bytes)
            }
        }
    }

    // MARK: peers that do not read

    @Test func peerThatDoesNotReadBlocksNobodyElse() async throws {
        try await withServer { _, address in
            let slow = try RawPeer(connecting: address)
            // Far more than the queue and all socket buffers hold: reading pauses, and then sending blocks.
            let payload = [UInt8](repeating: 7, count: 1_000_000)
            let flood = Task {
                for number in UInt32(0)..<40 { try await slow.request(2 * number + 1, "Echo", payload) }
            }
            for _ in 0..<100 { try await expectAlive(address) }
            // Nothing is lost or torn once it reads.
            var streams: Set<UInt32> = []
            for _ in 0..<40 {
                let answer = try await slow.response()
                #expect(answer.status == nil && answer.payload == payload)
                streams.insert(answer.stream)
            }
            #expect(streams.count == 40)
            try await flood.value
        }
    }

    @Test func queueOverItsLimitEndsTheConnection() async throws {
        let test = TestService()
        try await withServer(test, limits: Server.Limits(queuedBytes: 3 << 20)) { _, address in
            let peer = try RawPeer(connecting: address)
            let payload = [UInt8](repeating: 1, count: 1 << 20)
            // All are read before the first is answered, so pausing does not help.
            for number in UInt32(0)..<8 { try await peer.request(2 * number + 1, "Gate", payload) }
            var events = test.events.makeAsyncIterator()
            for _ in 0..<8 { #expect(await events.next() == "start Gate") }
            test.gate.open()
            var answers = 0
            while try await peer.next() != nil { answers += 1 }
            #expect(answers < 8)
            try await expectAlive(address)
        }
    }

    @Test func silentPeerThatLeavesEndsItsConnectionWhileAnswersWait() async throws {
        let test = TestService()
        try await withServer(test) { _, address in
            let peer = try RawPeer(connecting: address)
            try await peer.request(1, "Wait")
            for number in UInt32(1)...8 {
                try await peer.request(2 * number + 1, "Answer", Array("1000000".utf8))
            }
            var events = test.events.makeAsyncIterator()
            #expect(await events.next() == "start Wait")
            peer.close()
            #expect(await events.next() == "end Wait")
        }
    }
}

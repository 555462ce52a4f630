import Messages
import Sys
import Testing

@testable import TTRPC

/// The other end of a connection, which sends what it likes, byte by byte.
actor RawPeer {
    let socket: AsyncFD
    private var reader = FrameReader()
    private var frames: [Frame] = []

    init(_ socket: OwnedFD) throws { self.socket = try AsyncFD(socket) }

    init(connecting address: UnixAddress) throws { try self.init(UnixSocket.connect(address)) }

    deinit { socket.close() }

    nonisolated func close() { socket.close() }

    func send(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try socket.sendNow(rest)
            if count == 0 { try await socket.ready(.write) }
            rest = rest.dropFirst(count)
        }
    }

    func request(
        _ stream: UInt32, _ method: String, _ payload: [UInt8] = [], service: String = "test.Test",
        timeoutNano: Int64 = 0, metadata: [TTRPCKeyValue] = []
    ) async throws {
        let request = TTRPCRequest(
            service: service, method: method, payload: payload, timeoutNano: timeoutNano, metadata: metadata)
        try await send(FrameWriter.frame(.request, stream: stream, request.encoded()))
    }

    func respond(_ stream: UInt32, _ response: TTRPCResponse) async throws {
        try await send(FrameWriter.frame(.response, stream: stream, response.encoded()))
    }

    /// The next frame; `nil` at the end of the connection.
    func next() async throws -> Frame? {
        while frames.isEmpty {
            let bytes: [UInt8]
            do { bytes = try await socket.read(upTo: 1 << 16) } catch {
                // What the kernel says when the other end had not read everything.
                if error.code == .connectionReset { return nil }
                throw error
            }
            if bytes.isEmpty { return nil }
            bytes.withUnsafeBufferPointer {
                var input = $0
                while let frame = reader.next(from: &input) { frames.append(frame) }
            }
        }
        return frames.removeFirst()
    }

    /// The next frame, which must be a response.
    func response() async throws -> Answer {
        let frame = try #require(try await next(), "the connection has ended")
        guard case .message(let header, let message) = frame else {
            throw Unexpected(frame: "\(frame)")
        }
        #expect(header.kind == .response)
        let response = try TTRPCResponse(decoding: message)
        return Answer(stream: header.stream, status: Status(of: response), payload: response.payload)
    }

    /// The next frame, which must be a request.
    func received() async throws -> (FrameHeader, TTRPCRequest) {
        let frame = try #require(try await next(), "the connection has ended")
        guard case .message(let header, let message) = frame else {
            throw Unexpected(frame: "\(frame)")
        }
        return (header, try TTRPCRequest(decoding: message))
    }

    struct Unexpected: Error { let frame: String }
}

struct Answer: Equatable {
    let stream: UInt32
    let status: Status?
    let payload: [UInt8]

    static func success(_ stream: UInt32, _ payload: [UInt8]) -> Answer {
        Answer(stream: stream, status: nil, payload: payload)
    }
}

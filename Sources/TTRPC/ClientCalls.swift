internal import Messages
internal import Sys
internal import Synchronization

/// The client's side of one connection: the calls that wait for their answers.
///
/// Apart from `Client`, so that the task that reads does not keep the client alive.
final class ClientCalls: Sendable {
    typealias Outcome = Result<[UInt8], Status>

    private static let ended = Status(.unavailable, "the connection has ended")

    private let connection: Connection
    private let state = Mutex(State())

    private struct State {
        /// Clients use the odd ids, each once.
        var nextStream: UInt32 = 1
        var waiting: [UInt32: Promise<Outcome>] = [:]
        var ended = false
    }

    init(_ connection: Connection) { self.connection = connection }

    var isClosed: Bool { state.withLock { $0.ended } }

    func close() {
        connection.close()
        failAll()
    }

    /// Hands out answers until the connection has ended.
    func run() async {
        await connection.run(receive)
        failAll()
    }

    private func failAll() {
        let waiting = state.withLock { state in
            state.ended = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for answer in waiting.values { answer.give(.failure(Self.ended)) }
    }

    /// Makes one call, from the request frame to the response frame or to whatever ends it before.
    func perform(_ request: TTRPCRequest, _ timeout: Duration?) async -> Outcome {
        let answer = Promise<Outcome>()
        let stream: UInt32
        do throws(Status) { stream = try send(request, answer) } catch { return .failure(error) }
        let timer = timeout.map { timeout in
            Alarm(after: timeout) {
                answer.give(.failure(Status(.deadlineExceeded, "no answer within \(timeout)")))
            }
        }
        let outcome = await withTaskCancellationHandler {
            await answer.value()
        } onCancel: {
            answer.give(.failure(Status(.canceled, "canceled")))
        }
        timer?.cancel()
        // An answer that comes after all finds nobody.
        state.withLock { $0.waiting[stream] = nil }
        return outcome
    }

    private func send(_ request: TTRPCRequest, _ answer: Promise<Outcome>) throws(Status) -> UInt32 {
        let message = request.encoded()
        guard message.count <= FrameHeader.messageLimit else {
            let limit = FrameHeader.messageLimit
            throw Status(
                .resourceExhausted, "request of \(message.count) bytes is over the limit of \(limit)")
        }
        // Ids must reach the server in their order, so nothing may come between taking one and sending.
        return try state.withLock { state throws(Status) in
            if state.ended { throw Self.ended }
            let stream = state.nextStream
            let (next, overflow) = stream.addingReportingOverflow(2)
            if overflow { throw Status(.unavailable, "the connection is out of stream ids") }
            switch connection.send(FrameWriter.frame(.request, stream: stream, message)) {
            case .accepted: break
            case .queueFull: throw Status(.resourceExhausted, "the server does not read its requests")
            case .closed: throw Self.ended
            }
            state.nextStream = next
            state.waiting[stream] = answer
            return stream
        }
    }

    private func receive(_ frame: Frame) {
        switch frame {
        case .message(let header, let message):
            guard let answer = take(header.stream) else { return }
            answer.give(Self.outcome(header, message))
        case .oversized(let header):
            let limit = FrameHeader.messageLimit
            take(header.stream)?.give(
                .failure(
                    Status(
                        .resourceExhausted, "answer of \(header.length) bytes is over the limit of \(limit)"))
            )
        }
    }

    /// Who waits for the answer on a stream; `nil` when it is too late, or was never asked for.
    private func take(_ stream: UInt32) -> Promise<Outcome>? {
        state.withLock { $0.waiting.removeValue(forKey: stream) }
    }

    private static func outcome(_ header: FrameHeader, _ message: [UInt8]) -> Outcome {
        guard header.kind == .response else {
            return .failure(Status(.internal, "the answer is a frame of kind \(header.kind.rawValue)"))
        }
        do throws(MessageError) {
            let response = try TTRPCResponse(decoding: message)
            return Status(of: response).map { .failure($0) } ?? .success(response.payload)
        } catch {
            return .failure(Status(.internal, "\(error)"))
        }
    }
}

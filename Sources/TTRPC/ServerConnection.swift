internal import Messages
internal import Sys
internal import Synchronization

/// Where a server's calls go, and what they may use; the same for all its connections.
struct Router: Sendable {
    /// By service, then by method.
    let methods: [String: [String: Method]]
    let limits: Server.Limits
    let status: @Sendable (any Error) -> Status
    let answered: @Sendable () -> Void

    func method(of request: TTRPCRequest) throws(Status) -> Method {
        guard let methods = methods[request.service] else {
            throw Status(.unimplemented, "service \(request.service)")
        }
        guard let method = methods[request.method] else {
            throw Status(.unimplemented, "method \(request.method) of service \(request.service)")
        }
        return method
    }
}

/// The server's side of one connection: its calls, from request frame to response frame.
///
/// The tasks of the calls are not children of the one that reads: a handler that ignores its cancellation
/// must keep neither its caller nor the end of the connection waiting.
final class ServerConnection: Sendable {
    private let connection: Connection
    private let router: Router
    /// Where frames are read; nil when its thread cannot be made, and then any will do.
    private let executor = try? AsyncFD.executor()
    private let calls = Mutex(Calls())

    private struct Calls {
        /// By stream id, until the handler has returned.
        var running: [UInt32: Call] = [:]
        /// No more calls; the connection is closed after the last.
        var finishing = false
        /// The connection has ended.
        var ended = false

        /// Nobody waits for an answer.
        var isIdle: Bool { running.values.allSatisfy { $0.phase == .answered } }
    }

    private struct Call {
        enum Phase {
            case pending
            /// Somebody has taken it upon itself to send the answer.
            case answering
            /// The answer is out, but the handler still runs.
            case answered
        }

        /// Nil until the handler waits for the first time.
        var task: Task<Void, Never>?
        let timer: Alarm?
        var phase = Phase.pending
    }

    init(_ socket: OwnedFD, _ router: Router) throws(SysError) {
        connection = try Connection(socket, queueLimit: router.limits.queuedBytes)
        self.router = router
    }

    /// Serves until the connection has ended, then cancels the calls that still run.
    func run() async {
        await withTaskExecutorPreference(executor) { await connection.run(receive) }
        let running = calls.withLock { calls in
            calls.ended = true
            defer { calls.running = [:] }
            return calls.running
        }
        for call in running.values {
            call.timer?.cancel()
            call.task?.cancel()
        }
    }

    /// Takes no more calls, and ends the connection when those that run are answered.
    func closeWhenIdle() {
        let idle = calls.withLock { calls in
            calls.finishing = true
            return calls.isIdle
        }
        if idle { connection.closeWhenDrained() }
    }

    /// Ends the connection; calls that run are cancelled.
    func close() { connection.close() }

    // MARK: a call begins

    private func receive(_ frame: Frame) {
        switch frame {
        case .message(let header, let message):
            // Other kinds are for streams that we never open, or of later versions: to be passed over.
            guard header.kind == .request else { return }
            do throws(Status) { try begin(header.stream, message) } catch { answer(header.stream, error) }
        case .oversized(let header) where header.kind == .request:
            let limit = FrameHeader.messageLimit
            answer(
                header.stream,
                Status(.resourceExhausted, "message of \(header.length) bytes is over the limit of \(limit)"))
        case .oversized:
            // No peer that knows the protocol sends this, so there is no next frame to wait for either.
            connection.close()
        }
    }

    private func begin(_ stream: UInt32, _ message: [UInt8]) throws(Status) {
        guard stream % 2 == 1 else {
            throw Status(.invalidArgument, "stream id \(stream) of a client is not odd")
        }
        let request: TTRPCRequest
        do throws(MessageError) { request = try TTRPCRequest(decoding: message) } catch {
            throw Status(.invalidArgument, "\(error)")
        }
        let method = try router.method(of: request)
        if request.timeoutNano < 0 {
            throw Status(.deadlineExceeded, "the deadline had passed before the call")
        }
        let context = RequestContext(request)
        let begins = try calls.withLock { calls throws(Status) in
            if calls.finishing { throw Status(.unavailable, "the server is shutting down") }
            // Nobody is left to answer.
            if calls.ended { return false }
            if calls.running[stream] != nil {
                throw Status(.invalidArgument, "stream id \(stream) is in use")
            }
            if calls.running.count >= router.limits.calls {
                throw Status(.resourceExhausted, "\(calls.running.count) calls are running on the connection")
            }
            calls.running[stream] = Call(timer: timer(stream, request))
            return true
        }
        guard begins else { return }
        let perform: @Sendable () async -> Void = {
            await self.perform(method.handler, stream, context, request.payload)
        }
        // A look-up needs no other thread than the reader's.
        let task =
            method.isLookup
            ? Task.immediate(executorPreference: executor, operation: perform) : Task(operation: perform)
        let isOver = calls.withLock { calls in
            calls.running[stream]?.task = task
            return calls.ended || calls.running[stream]?.phase == .answered
        }
        if isOver { task.cancel() }
    }

    private func timer(_ stream: UInt32, _ request: TTRPCRequest) -> Alarm? {
        guard request.timeoutNano > 0 else { return nil }
        return Alarm(after: .nanoseconds(request.timeoutNano)) { [weak self] in self?.expire(stream) }
    }

    private func perform(
        _ handler: Handler, _ stream: UInt32, _ context: RequestContext, _ payload: [UInt8]
    ) async {
        let result: Result<[UInt8], Status>
        do {
            result = .success(
                try await Trace.awaiting(context.method) { try await handler(context, payload) })
        } catch {
            result = .failure(router.status(error))
        }
        finish(stream, result)
    }

    // MARK: a call ends

    /// The handler has returned.
    private func finish(_ stream: UInt32, _ result: Result<[UInt8], Status>) {
        if let call = claim(stream) {
            call.timer?.cancel()
            switch result {
            case .success(let payload): answer(stream, payload)
            case .failure(let status): answer(stream, status)
            }
        }
        settle { $0.running[stream] = nil }
        router.answered()
    }

    /// Answers a call whose time is up; its handler is told, but not waited for.
    private func expire(_ stream: UInt32) {
        guard let call = claim(stream) else { return }
        call.task?.cancel()
        answer(stream, Status(.deadlineExceeded, "no answer within the deadline of the call"))
        settle { $0.running[stream]?.phase = .answered }
    }

    /// Makes the caller the one who answers a call; `nil` when somebody else is.
    private func claim(_ stream: UInt32) -> Call? {
        calls.withLock { calls in
            guard let call = calls.running[stream], call.phase == .pending else { return nil }
            calls.running[stream]?.phase = .answering
            return call
        }
    }

    /// Notes that an answer is out, and ends a finishing connection with the last.
    private func settle(_ change: (inout Calls) -> Void) {
        let last = calls.withLock { calls in
            change(&calls)
            return calls.finishing && calls.isIdle
        }
        if last { connection.closeWhenDrained() }
    }

    private func answer(_ stream: UInt32, _ payload: [UInt8]) {
        let message = TTRPCResponse(payload: payload).encoded()
        guard message.count <= FrameHeader.messageLimit else {
            let limit = FrameHeader.messageLimit
            return answer(
                stream,
                Status(.resourceExhausted, "answer of \(message.count) bytes is over the limit of \(limit)")
            )
        }
        send(stream, message)
    }

    private func answer(_ stream: UInt32, _ status: Status) {
        // A mapping that makes success out of an error would make the caller decode nothing as a response.
        let status = status.code == .ok ? Status(.internal, status.message) : status
        send(stream, TTRPCResponse(status: status.encodable).encoded())
    }

    private func send(_ stream: UInt32, _ message: [UInt8]) {
        let frame = FrameWriter.frame(.response, stream: stream, message)
        if connection.send(frame) == .queueFull { connection.close() }
    }
}

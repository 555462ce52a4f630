package import Messages
package import Sys
internal import Synchronization

/// Calls the services at the other end of one connection; many calls may be in flight.
///
/// Once the connection has ended, for whatever reason, every call fails with `unavailable` and `isClosed` is
/// true; there is no reconnecting. The last reference closes the connection.
package final class Client: Sendable {
    private let calls: ClientCalls

    /// - Parameters:
    ///   - connection: A connected Unix socket. Taken over.
    ///   - queueLimit: The bytes of requests that may wait for a server that does not read; a call beyond fails
    ///     with `resourceExhausted`.
    /// - Throws: What putting the socket into non-blocking mode failed with.
    package init(connection: OwnedFD, queueLimit: Int = 16 << 20) throws(SysError) {
        let calls = ClientCalls(try Connection(connection, queueLimit: queueLimit))
        self.calls = calls
        // Ends with the connection, which ends with this object at the latest.
        Task { await calls.run() }
    }

    /// Connects to a listening socket.
    package convenience init(connecting address: UnixAddress) throws(SysError) {
        try self.init(connection: UnixSocket.connect(address))
    }

    deinit { calls.close() }

    /// Whether the connection has ended, so that no call can succeed any more.
    package var isClosed: Bool { calls.isClosed }

    /// Ends the connection; calls in flight fail with `unavailable`.
    package func close() { calls.close() }

    /// Makes one call.
    ///
    /// - Parameters:
    ///   - service: The full name, as in "containerd.task.v2.Task".
    ///   - method: Its name within the service.
    ///   - payload: The encoded request message.
    ///   - metadata: Headers of the call.
    ///   - timeout: After which the call fails with `deadlineExceeded`; the server is told as well.
    /// - Returns: The encoded response message.
    /// - Throws: The server's status; `unavailable` when the connection ends; `canceled` when the calling task
    ///   is; `resourceExhausted` when a message is over the limit of the protocol.
    package func call(
        _ service: String, _ method: String, _ payload: [UInt8],
        metadata: [(key: String, value: String)] = [], timeout: Duration? = nil
    ) async throws(Status) -> [UInt8] {
        let request = TTRPCRequest(
            service: service, method: method, payload: payload,
            // Zero would mean no limit.
            timeoutNano: timeout.map { max(1, $0.nanoseconds) } ?? 0,
            metadata: metadata.map { TTRPCKeyValue(key: $0.key, value: $0.value) })
        return try await calls.perform(request, timeout).get()
    }

    /// Makes one call with messages.
    ///
    /// - Throws: As the untyped call; `internal` when the answer is no `Response`.
    package func call<Request: Message, Response: Message>(
        _ service: String, _ method: String, _ request: Request,
        metadata: [(key: String, value: String)] = [], timeout: Duration? = nil
    ) async throws(Status) -> Response {
        let payload = try await call(
            service, method, request.encoded(), metadata: metadata, timeout: timeout)
        do throws(MessageError) { return try Response(decoding: payload) } catch {
            throw Status(.internal, "answer of \(service)/\(method): \(error)")
        }
    }
}

extension Duration {
    /// Whole nanoseconds; what does not fit becomes the largest number.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowed) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || overflowed ? (seconds < 0 ? .min : .max) : sum
    }
}

import Glibc
import Messages
import Sys
import Synchronization
import Testing

@testable import TTRPC

/// Something that happens once, or does not; any number of tasks may wait for it.
///
/// Deaf to cancellation: that is the point of it.
final class Gate: Sendable {
    private let state = Mutex<(open: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            state.open = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let open = state.withLock { state -> Bool in
                if !state.open { state.waiting.append(continuation) }
                return state.open
            }
            if open { continuation.resume() }
        }
    }
}

/// Waits for cancellation, and for nothing else.
func awaitCancellation() async {
    let gate = Gate()
    await withTaskCancellationHandler {
        await gate.wait()
    } onCancel: {
        gate.open()
    }
}

private actor Actor {
    func run() {}
}

struct CustomError: Error, CustomStringConvertible {
    let description = "custom failure"
}

/// A service whose handlers tell what happens to them.
final class TestService: Sendable {
    /// "start NAME" and "end NAME" of the handlers that wait, in their order.
    let events: AsyncStream<String>
    private let report: AsyncStream<String>.Continuation
    let gate = Gate()

    init() { (events, report) = AsyncStream.makeStream() }

    var service: Service {
        Service(
            name: "test.Test",
            methods: [
                Method(name: "Echo") { _, payload in payload },
                Method(name: "Fail") { _, _ in throw Status(.notFound, "no such thing") },
                Method(name: "Throw") { _, _ in throw CustomError() },
                Method(name: "Answer") { _, payload in
                    let count = try #require(Int(String(decoding: payload, as: UTF8.self)))
                    return [UInt8](repeating: 7, count: count)
                },
                // Ends when it is cancelled.
                Method(name: "Wait") { [report] _, _ in
                    report.yield("start Wait")
                    await awaitCancellation()
                    report.yield("end Wait")
                    throw CancellationError()
                },
                // Ends when the gate opens, cancelled or not.
                Method(name: "Gate") { [report, gate] _, payload in
                    report.yield("start Gate")
                    await gate.wait()
                    report.yield("end Gate")
                    return payload
                },
                Method(name: "Thread", isLookup: true) { _, _ in
                    // A switch to an actor and back is none of threads.
                    await Actor().run()
                    return withUnsafeBytes(of: UInt64(pthread_self())) { Array($0) }
                },
                Method.unary("Context") { (context, request: TTRPCKeyValue) in
                    TTRPCKeyValue(
                        key: context.value(request.key) ?? "none",
                        value: "\(context.service)/\(context.method) \(context.deadline != nil)")
                },
            ] as [Method])
    }
}

private let names = Atomic<Int>(0)

/// An address that no other test uses.
func uniqueAddress() -> UnixAddress {
    let number = names.add(1, ordering: .relaxed).newValue
    return .abstract(Array("ttrpc-test-\(Kernel.pid)-\(number)".utf8))
}

/// Runs a server for as long as `body` runs.
func withServer(
    _ test: TestService = TestService(), limits: Server.Limits = Server.Limits(),
    peerUID: UInt32 = Kernel.effectiveUID,
    status: @escaping @Sendable (any Error) -> Status = { Status($0) },
    _ body: (Server, UnixAddress) async throws -> Void
) async throws {
    let server = Server(services: [test.service], limits: limits, peerUID: peerUID, status: status)
    let address = uniqueAddress()
    let listener = try UnixSocket.bind(address)
    try UnixSocket.listen(listener)
    let serving = Task { try await server.serve(listener: listener) }
    let result: Result<Void, any Error>
    do { result = .success(try await body(server, address)) } catch { result = .failure(error) }
    test.gate.open()
    await server.shutdown(within: .seconds(5))
    try await serving.value
    try result.get()
}

/// Checks that a server still serves.
func expectAlive(_ address: UnixAddress, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let client = try Client(connecting: address)
    let answer = try await client.call("test.Test", "Echo", [1, 2, 3])
    #expect(answer == [1, 2, 3], sourceLocation: sourceLocation)
}

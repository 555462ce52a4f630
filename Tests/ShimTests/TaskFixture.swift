import Messages
import RuntimeFakes
import Runtime
import Shim
import Synchronization
import Sys
import TTRPC
import Testing

/// A task service over a fake runtime, and a client that speaks to it over a socket.
final class TaskFixture: Sendable {
    let runtime: FakeRuntime
    let service: TaskService
    let client: Client
    let events = EventRecorder()
    let mounts = EventLog()
    private let server: Server
    private let directory: String

    init(
        _ runtime: FakeRuntime? = nil, failing failure: (any Error)? = nil, unified: Bool = false,
        failMount: Bool = false, hasContainerd: Bool = true
    ) throws {
        let runtime = runtime ?? FakeRuntime(failing: failure)
        let mounts = mounts
        var environment = TaskService.Environment(
            runtime: { _, _ in runtime }, publisher: events,
            mounter: RootfsMounter(
                mount: { list, path in
                    mounts.add("mount \(list.map(\.source)) \(path)")
                    if failMount { throw SysError("mount", path, .busy) }
                },
                unmount: { mounts.add("unmount \($0)") }),
            unifiedCgroups: { unified })
        environment.hasContainerd = hasContainerd
        service = TaskService(environment)
        self.runtime = runtime
        directory = "/tmp/proc-shim-\(UInt64.random(in: .min ... .max))"
        try Directory.make(directory, mode: 0o700)
        let address = UnixAddress.path(directory + "/s")
        let listener = try UnixSocket.bind(address)
        try UnixSocket.listen(listener)
        let server = Server(services: service.services, status: service.status)
        self.server = server
        Task { try? await server.serve(listener: listener) }
        client = try Client(connecting: address)
    }

    deinit {
        client.close()
        let server = server
        Task { await server.shutdown(within: .seconds(1)) }
        try? File.remove(directory + "/s")
        try? Directory.remove(directory)
    }

    var container: FakeContainer { get throws { try #require(runtime.container) } }

    func call<Request: Message, Response: Message>(
        _ method: String, _ request: Request, as: Response.Type = Response.self, version: Int = 2,
        timeout: Duration? = nil
    ) async throws(Status) -> Response {
        try await client.call("containerd.task.v\(version).Task", method, request, timeout: timeout)
    }

    /// Calls a method whose answer is empty.
    func tell(_ method: String, _ request: some Message) async throws(Status) {
        let _: Empty = try await call(method, request)
    }

    /// Expects a method to fail.
    func refused(
        _ method: String, _ request: some Message, _ code: Status.Code, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do throws(Status) {
            _ = try await client.call("containerd.task.v2.Task", method, request.encoded())
            Issue.record("\(method) succeeded", sourceLocation: sourceLocation)
        } catch {
            #expect(error == Status(code, message), sourceLocation: sourceLocation)
        }
    }

    /// A created container "c".
    func create() async throws {
        let response: CreateTaskResponse = try await call(
            "Create",
            CreateTaskRequest(
                id: "c", bundle: "/b", rootfs: [RootfsMount(type: "overlay", source: "layer")]))
        #expect(response.pid == 4242)
    }

    /// A running container "c".
    func run() async throws {
        try await create()
        let _: StartResponse = try await call("Start", StartRequest(id: "c"))
    }
}

/// Keeps the events that are published.
final class EventRecorder: EventPublisher {
    private let state = Mutex<[(topic: String, event: AnyMessage)]>([])

    func publish(_ topic: String, _ event: some Message) {
        state.withLock { $0.append((topic, AnyMessage(packing: event))) }
    }

    var recorded: [AnyMessage] { state.withLock { $0.map(\.event) } }
    var topics: [String] { state.withLock { $0.map(\.topic) } }

    func last<Event: Message>(_ type: Event.Type) -> Event? {
        state.withLock { $0.last { $0.event.holds(type) }.flatMap { try? $0.event.unpack(as: type) } }
    }
}

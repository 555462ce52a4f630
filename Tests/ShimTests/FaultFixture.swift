import Foundation
import Glibc
import Messages
import OCI
import Runtime
import Synchronization
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// A program that the build made beside the tests.
func builtProgram(_ name: String) -> String {
    let words = CommandLine.arguments
    let bundle = zip(words, words.dropFirst()).first { $0.0 == "--test-bundle-path" }?.1 ?? words.first ?? ""
    return Path.split(bundle).directory + "/" + name
}

/// The stand-in for runsc.
let fakeRunsc: String? = {
    let path = builtProgram("fake-runsc")
    return File.exists(path) ? path : nil
}()

/// A task service over the embedded runtime and the stand-in for runsc, and a client that speaks to it by ttRPC.
final class FaultFixture: Sendable {
    let directory: TemporaryDirectory
    let events = EventRecorder()
    private let heard = Mutex<[String]>([])
    private let client: Client
    private let server: Server
    private let made = Mutex<[String]>([])
    /// Tests run at once, and share the cgroups of the machine.
    private let tag = String(UInt32.random(in: 0 ... .max), radix: 36)

    /// What the client waits for an answer.
    ///
    /// No call may take as long, whatever happens to the sandbox.
    private static let patience = Duration.seconds(20)

    /// Bounds that a test can wait for.
    static let bounds: Bounds = {
        var bounds = Bounds()
        bounds.question = .seconds(2)
        bounds.start = .seconds(4)
        bounds.work = .seconds(4)
        bounds.end = .seconds(2)
        bounds.answer = .milliseconds(700)
        bounds.kill = .milliseconds(700)
        bounds.ownEnd = .milliseconds(500)
        bounds.lastWords = .milliseconds(700)
        return bounds
    }()

    init(
        binary: String? = fakeRunsc, bounds: Bounds = FaultFixture.bounds,
        in directory: TemporaryDirectory? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory("fault")
        self.directory = directory
        let warnings = Relay()
        let runsc = Runsc(
            configuration: RuntimeConfiguration(
                binary: try #require(binary), root: directory.path("run"), bounds: bounds)
        ) { warnings.add($0) }
        let service = TaskService(TaskService.Environment(runtime: { _, _ in runsc }, publisher: events))
        let address = UnixAddress.path(directory.path("s"))
        let listener = try UnixSocket.bind(address)
        try UnixSocket.listen(listener)
        let server = Server(services: service.services, status: service.status)
        self.server = server
        Task { try? await server.serve(listener: listener) }
        client = try Client(connecting: address)
        warnings.to = { [weak self] line in self?.heard.withLock { $0.append(line) } }
    }

    deinit {
        client.close()
        let server = server
        Task { await server.shutdown(within: .seconds(1)) }
        // Of a test that failed.
        for process in processes { process.kill(SIGKILL) }
    }

    /// The sandbox processes.
    var processes: [ForeignProcess] {
        ForeignProcess.all { $0.contains("--root=\(directory.path)/run") }
    }

    /// Whether a stand-in has come to the fault at a step, which it names a thread after.
    func isAt(_ step: String) -> Bool {
        processes.contains { process in
            let tasks = "/proc/\(process.pid)/task"
            return ((try? Directory.list(tasks)) ?? []).contains {
                (try? File.readText("\(tasks)/\($0)/comm")) == step + "\n"
            }
        }
    }

    /// What the runtime has logged.
    var warnings: [String] { heard.withLock { $0 } }

    /// Kills, and tells whether the container was there to be killed.
    func killed(_ id: String) async throws(Status) -> Bool {
        do throws(Status) {
            try await kill(id)
            return true
        } catch {
            if error.code == .notFound { return false }
            throw error
        }
    }

    func call<Request: Message, Response: Message>(
        _ method: String, _ request: Request, as: Response.Type = Response.self
    ) async throws(Status) -> Response {
        try await client.call("containerd.task.v2.Task", method, request, timeout: Self.patience)
    }

    // MARK: verbs

    private func full(_ id: String) -> String { "\(id)-\(tag)" }

    /// The root file system of a container.
    func rootfs(of id: String) -> String { directory.path("\(full(id))/rootfs") }

    /// Makes a bundle and creates its container.
    ///
    /// - Parameters:
    ///   - pod: the sandbox that it is to join.
    ///   - mounts: of the spec.
    func create(
        _ id: String, faults: String = "", pod: String? = nil, args: [String] = ["/proc"],
        mounts: JSONValue = []
    ) async throws {
        let (id, pod) = (full(id), pod.map(full))
        made.withLock { $0.append(id) }
        try FileManager.default.createDirectory(
            atPath: directory.path("\(id)/rootfs/proc"), withIntermediateDirectories: true)
        if args != ["/proc"] {
            try FileManager.default.copyItem(
                atPath: "/bin/busybox", toPath: directory.path("\(id)/rootfs/busybox"))
        }
        var annotations: JSONValue = ["fake-runsc": .string(faults)]
        if let pod {
            annotations["io.kubernetes.cri.container-type"] = "container"
            annotations["io.kubernetes.cri.sandbox-id"] = .string(pod)
        }
        let spec: JSONValue = [
            "ociVersion": "1.0.2",
            "process": ["args": JSONValue(args), "cwd": "/", "env": [], "user": ["uid": 0, "gid": 0]],
            "root": ["path": "rootfs"],
            "mounts": mounts,
            "annotations": annotations,
            "linux": ["namespaces": [["type": "pid"], ["type": "network"], ["type": "mount"]]],
        ]
        try File.writeAtomically(spec.serialised(), to: directory.path("\(id)/config.json"), mode: 0o644)
        let _: CreateTaskResponse = try await call(
            "Create", CreateTaskRequest(id: id, bundle: directory.path(id)))
    }

    func start(_ id: String, exec: String = "") async throws(Status) {
        let _: StartResponse = try await call("Start", StartRequest(id: full(id), execID: exec))
    }

    func addExec(_ id: String, _ exec: String, args: [String] = ["x"]) async throws {
        let spec: JSONValue = ["args": JSONValue(args), "cwd": "/", "env": []]
        let _: Empty = try await call(
            "Exec",
            ExecProcessRequest(
                id: full(id), execID: exec,
                spec: AnyMessage(typeURL: TypeURL.process, value: spec.serialised())))
    }

    func kill(_ id: String, exec: String = "", signal: UInt32 = 9) async throws(Status) {
        let _: Empty = try await call("Kill", KillRequest(id: full(id), execID: exec, signal: signal))
    }

    func wait(_ id: String, exec: String = "") async throws(Status) -> UInt32 {
        let response: WaitResponse = try await call("Wait", WaitRequest(id: full(id), execID: exec))
        return response.exitStatus
    }

    func delete(_ id: String, exec: String = "") async throws(Status) {
        let _: DeleteResponse = try await call("Delete", DeleteRequest(id: full(id), execID: exec))
    }

    func pids(_ id: String) async throws(Status) -> PidsResponse {
        try await call("Pids", PidsRequest(id: full(id)))
    }

    func connect(_ id: String) async throws(Status) -> ConnectResponse {
        try await call("Connect", ConnectRequest(id: full(id)))
    }

    func statistics(_ id: String) async throws(Status) -> StatsResponse {
        try await call("Stats", StatsRequest(id: full(id)))
    }

    func pause(_ id: String) async throws(Status) {
        let _: Empty = try await call("Pause", PauseRequest(id: full(id)))
    }

    func resume(_ id: String) async throws(Status) {
        let _: Empty = try await call("Resume", ResumeRequest(id: full(id)))
    }

    func state(_ id: String) async throws(Status) -> StateResponse {
        try await call("State", StateRequest(id: full(id)))
    }

    // MARK: expectations

    /// The containers whose exit was published, and the execs, in order.
    var exits: [String] {
        events.all(TaskExit.self).map { $0.id.replacing("-" + tag, with: "") }
    }

    /// Expects a call to fail, and gives what it said.
    func failure(
        _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> String {
        do {
            try await body()
        } catch {
            let said = "\(error)"
            #expect(
                !said.contains("within \(Self.patience)"), "the client gave up",
                sourceLocation: sourceLocation)
            return said
        }
        Issue.record("the call succeeded", sourceLocation: sourceLocation)
        return ""
    }

    /// Whatever state a container is in: it can be killed and deleted, nothing is left, and the next one works.
    func expectClean(
        _ id: String, args: [String] = ["/proc"], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        do throws(Status) {
            _ = try await killed(id)
        } catch {
            Issue.record("kill: \(error)", sourceLocation: sourceLocation)
        }
        do throws(Status) {
            _ = try await wait(id)
            try await delete(id)
        } catch {
            #expect(error.code == .notFound, "delete: \(error)", sourceLocation: sourceLocation)
        }
        try await expectNothingLeft(sourceLocation: sourceLocation)
        let next = id + "-next"
        try await create(next, args: args)
        try await start(next)
        try await kill(next)
        #expect(try await wait(next) == 137, sourceLocation: sourceLocation)
        try await delete(next)
        try await expectNothingLeft(sourceLocation: sourceLocation)
        #expect(Set(exits).count == exits.count, "\(exits)", sourceLocation: sourceLocation)
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(processes.map { "\($0.pid) \($0.arguments)" } == [], sourceLocation: sourceLocation)
        let files = (try? Directory.list(directory.path("run"))) ?? []
        #expect(files == [], sourceLocation: sourceLocation)
        for id in made.withLock({ $0 }) {
            let names = try Directory.list(directory.path("\(id)/rootfs"))
            #expect(names.filter { $0.hasPrefix(".") } == [], sourceLocation: sourceLocation)
            let host = try CgroupHost.current()
            let roots =
                host.v1.values.map { $0.mountpoint + $0.own } + [host.v2].compactMap { $0?.mountpoint }
            for root in roots where File.exists("\(root)/\(id)") {
                Issue.record("cgroup \(root)/\(id)", sourceLocation: sourceLocation)
            }
        }
    }
}

/// Passes warnings on to what is made later than their source.
private final class Relay: Sendable {
    private let target = Mutex<@Sendable (String) -> Void>({ _ in })

    var to: @Sendable (String) -> Void {
        get { target.withLock { $0 } }
        set { target.withLock { $0 = newValue } }
    }

    func add(_ line: String) { to(line) }
}

extension EventRecorder {
    func all<Event: Message>(_ type: Event.Type) -> [Event] {
        recorded.filter { $0.holds(type) }.compactMap { try? $0.unpack(as: type) }
    }
}

import Messages
import OCI
import Runtime
import RuntimeFakes
import Sys
import TTRPC
import Testing

@testable import Shim

/// A sandbox "s" in a task service over a fake runtime.
private struct SandboxFixture {
    let it: TaskFixture
    let bundle = Scratch()

    init(failing failure: (any Error)? = nil, isAlive: Bool = true) throws {
        it = try TaskFixture(FakeRuntime(isAlive: isAlive, failing: failure))
    }

    var request: CreateSandboxRequest {
        CreateSandboxRequest(
            sandboxID: "s", bundlePath: bundle.path,
            options: AnyMessage(packing: PodSandboxConfig(hostname: "pod")), netnsPath: "/run/netns/x")
    }

    func call<Response: Message>(
        _ method: String, _ request: some Message, as: Response.Type = Response.self
    ) async throws(Status) -> Response {
        try await it.client.call(SandboxService.name, method, request, timeout: .seconds(30))
    }

    func refused(
        _ method: String, _ request: some Message, _ code: Status.Code,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do throws(Status) {
            _ = try await it.client.call(SandboxService.name, method, request.encoded())
            Issue.record("\(method) succeeded", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == code, "\(method): \(error)", sourceLocation: sourceLocation)
        }
    }

    /// A running sandbox; gives its root container.
    func run() async throws -> FakeContainer {
        let _: CreateSandboxResponse = try await call("CreateSandbox", request)
        let _: StartSandboxResponse = try await call("StartSandbox", StartSandboxRequest(sandboxID: "s"))
        return try it.container
    }

    func status() async throws -> SandboxStatusResponse {
        try await call("SandboxStatus", SandboxStatusRequest(sandboxID: "s", verbose: true))
    }
}

@Suite("Sandbox service", .timeLimit(.minutes(1)))
struct SandboxServiceTests {
    @Test func aWholeLifeOverTheWire() async throws {
        let fixture = try SandboxFixture()
        let it = fixture.it
        let _: CreateSandboxResponse = try await fixture.call("CreateSandbox", fixture.request)
        #expect(try await fixture.status().state == "SANDBOX_NOTREADY")
        let started: StartSandboxResponse = try await fixture.call(
            "StartSandbox", StartSandboxRequest(sandboxID: "s"))
        #expect(started.pid == 4242 && started.createdAt != nil)
        let sandbox = try it.container
        let status = try await fixture.status()
        #expect(status.state == "SANDBOX_READY" && status.pid == 4242 && status.sandboxID == "s")
        #expect(status.createdAt == started.createdAt && status.exitedAt == nil)
        let info = try JSONValue.parse(Array((status.info["info"] ?? "").utf8))
        #expect(info["pid"]?.int64 == 4242 && info[["runtimeSpec", "hostname"]]?.string == "pod")
        let _: PingResponse = try await fixture.call("PingSandbox", PingRequest(sandboxID: "s"))
        let platform: PlatformResponse = try await fixture.call("Platform", PlatformRequest(sandboxID: "s"))
        #expect(platform.platform?.os == "linux" && platform.platform?.architecture.isEmpty == false)
        let waiting = Task {
            try await fixture.call(
                "WaitSandbox", WaitSandboxRequest(sandboxID: "s"), as: WaitSandboxResponse.self)
        }
        let _: StopSandboxResponse = try await fixture.call(
            "StopSandbox", StopSandboxRequest(sandboxID: "s"))
        #expect(sandbox.calls == ["start", "signal 9 all"])
        let exit = try await waiting.value
        #expect(exit.exitStatus == 137 && exit.exitedAt != nil)
        let ended = try await fixture.status()
        #expect(ended.state == "SANDBOX_NOTREADY" && ended.exitedAt == exit.exitedAt)
        await fixture.refused("PingSandbox", PingRequest(sandboxID: "s"), .failedPrecondition)
        // Again: it is stopped.
        let _: StopSandboxResponse = try await fixture.call(
            "StopSandbox", StopSandboxRequest(sandboxID: "s"))
        let _: ShutdownSandboxResponse = try await fixture.call(
            "ShutdownSandbox", ShutdownSandboxRequest(sandboxID: "s"))
        #expect(sandbox.calls.last == "destroy")
        await it.service.untilShutdown()
        #expect(await it.service.population == .empty)
        // The sandbox is no task.
        #expect(it.events.topics.isEmpty)
    }

    @Test func containersJoinAndGetWhatThePodShares() async throws {
        let fixture = try SandboxFixture()
        _ = try await fixture.run()
        try await fixture.it.create()
        let share = try #require(fixture.it.runtime.request?.pod)
        #expect(share.sandbox == "s")
        #expect(
            share.mounts.map(\.destination) == [
                "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/dev/shm",
            ])
        let connected: ConnectResponse = try await fixture.it.call("Connect", ConnectRequest(id: "s"))
        #expect(connected.taskPid == 4242)
        // A containerd that has forgotten the sandbox must not take it for a task.
        await fixture.it.refused("Pids", PidsRequest(id: "s"), .notFound, "container s not created")
    }

    @Test func withoutSandboxAContainerSharesNothing() async throws {
        let it = try TaskFixture()
        try await it.create()
        #expect(it.runtime.request?.pod == nil)
    }

    @Test func unknownSandboxesAreNotFound() async throws {
        let fixture = try SandboxFixture()
        _ = try await fixture.run()
        await fixture.refused("StartSandbox", StartSandboxRequest(sandboxID: "x"), .notFound)
        await fixture.refused("StopSandbox", StopSandboxRequest(sandboxID: "x"), .notFound)
        await fixture.refused("WaitSandbox", WaitSandboxRequest(sandboxID: "x"), .notFound)
        await fixture.refused("SandboxStatus", SandboxStatusRequest(sandboxID: "x"), .notFound)
        await fixture.refused("PingSandbox", PingRequest(sandboxID: "x"), .notFound)
        await fixture.refused("Platform", PlatformRequest(sandboxID: "x"), .notFound)
        await fixture.refused("SandboxMetrics", SandboxMetricsRequest(sandboxID: "x"), .notFound)
        await fixture.refused("ShutdownSandbox", ShutdownSandboxRequest(sandboxID: "x"), .notFound)
    }

    @Test func aShimHasOneSandbox() async throws {
        let fixture = try SandboxFixture()
        _ = try await fixture.run()
        await fixture.refused("CreateSandbox", fixture.request, .alreadyExists)
        var other = fixture.request
        other.sandboxID = "t"
        await fixture.refused("CreateSandbox", other, .alreadyExists)
    }

    @Test func whoeverWritesAPodDoesNotChooseWhatTheSandboxHeeds() async throws {
        let fixture = try SandboxFixture()
        var request = fixture.request
        request.options = AnyMessage(
            packing: PodSandboxConfig(annotations: ["dev.gvisor.flag.debug": "true"]))
        let _: CreateSandboxResponse = try await fixture.call("CreateSandbox", request)
        let spec = try SpecDocument(parsing: File.read(fixture.bundle.path + "/config.json")).spec
        #expect(Annotations(spec.annotations).flags.isEmpty)
    }

    @Test func badRequestsAreRefused() async throws {
        let fixture = try SandboxFixture()
        var request = fixture.request
        request.sandboxID = "../x"
        await fixture.refused("CreateSandbox", request, .invalidArgument)
        request = fixture.request
        request.bundlePath = "b"
        await fixture.refused("CreateSandbox", request, .invalidArgument)
        request = fixture.request
        request.options = AnyMessage(typeURL: "other", value: [1])
        await fixture.refused("CreateSandbox", request, .invalidArgument)
    }

    @Test("a creation that failed gives the place back, and the shim ends when containerd asks")
    func failedCreation() async throws {
        let fixture = try SandboxFixture(failing: RuntimeError(.failed, "no Sentry"))
        await fixture.refused("CreateSandbox", fixture.request, .unknown)
        await fixture.refused("SandboxStatus", SandboxStatusRequest(sandboxID: "s"), .notFound)
        let _: ShutdownSandboxResponse = try await fixture.call(
            "ShutdownSandbox", ShutdownSandboxRequest(sandboxID: "s"))
        await fixture.it.service.untilShutdown()
        #expect(await fixture.it.service.endsAsSandbox)
    }

    @Test func withTimeToStopContainersAreAskedFirst() async throws {
        let fixture = try SandboxFixture()
        let sandbox = try await fixture.run()
        try await fixture.it.run()
        let container = try fixture.it.container
        let stopping = Task {
            try await fixture.call(
                "StopSandbox", StopSandboxRequest(sandboxID: "s", timeoutSecs: 600),
                as: StopSandboxResponse.self)
        }
        await container.called("signal")
        #expect(container.calls.last == "signal 15 initProcess" && sandbox.calls == ["start"])
        container.end(0)
        _ = try await stopping.value
        #expect(sandbox.calls == ["start", "signal 9 all"])
    }

    @Test func aSandboxThatDoesNotStopInTimeIsKilled() async throws {
        let fixture = try SandboxFixture()
        let sandbox = try await fixture.run()
        try await fixture.it.run()
        let _: StopSandboxResponse = try await fixture.call(
            "StopSandbox", StopSandboxRequest(sandboxID: "s", timeoutSecs: 1))
        #expect(sandbox.calls.last == "signal 9 all")
    }

    @Test func shutdownTakesTheContainersAlong() async throws {
        let fixture = try SandboxFixture()
        let sandbox = try await fixture.run()
        try await fixture.it.run()
        let container = try fixture.it.container
        let shutdown = Task {
            try await fixture.call(
                "ShutdownSandbox", ShutdownSandboxRequest(sandboxID: "s"), as: ShutdownSandboxResponse.self)
        }
        // The real one's container ends with its sandbox.
        await sandbox.called("signal")
        container.end(137)
        _ = try await shutdown.value
        #expect(container.calls.last == "destroy" && sandbox.calls.last == "destroy")
        #expect(await fixture.it.service.population == .empty)
    }

    @Test func aTasksShutdownEndsTheShimOnlyByTheSandboxsID() async throws {
        let fixture = try SandboxFixture()
        let sandbox = try await fixture.run()
        try await fixture.it.tell("Shutdown", ShutdownRequest(id: "c"))
        #expect(await fixture.it.service.population == .live)
        try await fixture.it.tell("Shutdown", ShutdownRequest(id: "s"))
        #expect(sandbox.calls.last == "destroy")
        await fixture.it.service.untilShutdown()
    }

    @Test func metricsAreOfTheWholeSandbox() async throws {
        let fixture = try SandboxFixture()
        let sandbox = try await fixture.run()
        var used = Statistics()
        used.memoryUsage = 4096
        sandbox.set(used)
        let response: SandboxMetricsResponse = try await fixture.call(
            "SandboxMetrics", SandboxMetricsRequest(sandboxID: "s"))
        let metrics = try #require(response.metrics)
        #expect(metrics.id == "s" && metrics.timestamp != nil)
        #expect(try metrics.data?.unpack(as: CgroupV1.Metrics.self).memory?.usage?.usage == 4096)
    }
}

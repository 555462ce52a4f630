import Messages
import Runtime
import RuntimeFakes
import Shim
import TTRPC
import Testing

@Suite("Task service", .timeLimit(.minutes(1)))
struct TaskServiceTests {
    @Test("a whole life over the wire, with its events", arguments: [2, 3])
    func life(version: Int) async throws {
        let it = try TaskFixture()
        try await it.create()
        let waiting = Task {
            try await it.call("Wait", WaitRequest(id: "c"), as: WaitResponse.self, version: version)
        }
        let started: StartResponse = try await it.call("Start", StartRequest(id: "c"), version: version)
        #expect(started.pid == 4242)
        var state: StateResponse = try await it.call("State", StateRequest(id: "c"), version: version)
        #expect(state.status == .running && state.pid == 4242 && state.bundle == "/b" && state.id == "c")
        try it.container.end(3)
        let exit = try await waiting.value
        #expect(exit.exitStatus == 3 && exit.exitedAt == Timestamp(nanosecondsSinceEpoch: 1000))
        state = try await it.call("State", StateRequest(id: "c"), version: version)
        #expect(state.status == .stopped && state.exitStatus == 3 && state.exitedAt == exit.exitedAt)
        let deleted: DeleteResponse = try await it.call("Delete", DeleteRequest(id: "c"), version: version)
        #expect(deleted.exitStatus == 3 && deleted.pid == 4242 && deleted.exitedAt == exit.exitedAt)
        #expect(it.events.topics == ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"])
        #expect(
            it.events.last(TaskCreate.self)
                == TaskCreate(
                    containerID: "c", bundle: "/b", rootfs: [RootfsMount(type: "overlay", source: "layer")],
                    io: TaskIO(), pid: 4242))
        #expect(
            it.events.last(TaskExit.self)
                == TaskExit(containerID: "c", id: "c", pid: 4242, exitStatus: 3, exitedAt: exit.exitedAt))
        #expect(it.mounts.events == ["mount [\"layer\"] /b/rootfs", "unmount /b/rootfs"])
        await it.refused("State", StateRequest(id: "c"), .notFound, "container c not created")
        // A containerd that has come back would take any answer for a task.
        await it.refused("Connect", ConnectRequest(id: "c"), .notFound, "container c not created")
        // containerd's tests ask only who is there.
        let anybody: ConnectResponse = try await it.call("Connect", ConnectRequest())
        #expect(anybody.taskPid == 0 && anybody.shimPid > 0)
    }

    @Test("an exec over the wire: added, started, seen among the processes, killed, deleted")
    func exec() async throws {
        let it = try TaskFixture()
        try await it.run()
        let spec = AnyMessage(typeURL: TypeURL.process, value: Array(#"{"args":["sh"],"cwd":"/"}"#.utf8))
        try await it.tell("Exec", ExecProcessRequest(id: "c", execID: "e", spec: spec))
        await it.refused(
            "Exec", ExecProcessRequest(id: "c", execID: "e", spec: spec), .alreadyExists, "exec id e")
        await it.refused(
            "Kill", KillRequest(id: "c", execID: "e", signal: 9), .failedPrecondition, "process not created")
        let started: StartResponse = try await it.call("Start", StartRequest(id: "c", execID: "e"))
        #expect(started.pid == 2)
        let pids: PidsResponse = try await it.call("Pids", PidsRequest(id: "c"))
        #expect(pids.processes.map(\.pid) == [4242, 2])
        #expect(try pids.processes.last?.info?.unpack(as: RuncProcessDetails.self).execID == "e")
        try await it.tell("ResizePty", ResizePtyRequest(id: "c", execID: "e", width: 80, height: 24))
        try await it.tell("CloseIO", CloseIORequest(id: "c", execID: "e", stdin: true))
        try await it.tell("Kill", KillRequest(id: "c", execID: "e", signal: 9))
        try it.container.endExec(2, 137)
        let exit: WaitResponse = try await it.call("Wait", WaitRequest(id: "c", execID: "e"))
        #expect(exit.exitStatus == 137)
        let state: StateResponse = try await it.call("State", StateRequest(id: "c", execID: "e"))
        #expect(state.id == "e" && state.status == .stopped && state.exitStatus == 137)
        let deleted: DeleteResponse = try await it.call("Delete", DeleteRequest(id: "c", execID: "e"))
        #expect(deleted.exitStatus == 137 && deleted.pid == 2)
        await it.refused(
            "State", StateRequest(id: "c", execID: "e"), .notFound,
            "process e does not exist in container c")
        #expect(it.events.topics.suffix(3) == ["/tasks/exec-added", "/tasks/exec-started", "/tasks/exit"])
        #expect(it.events.last(TaskExit.self)?.id == "e")
    }

    @Test("what is not there is not found, by every method")
    func notFound() async throws {
        let it = try TaskFixture()
        let text = "container x not created"
        await it.refused("Start", StartRequest(id: "x"), .notFound, text)
        await it.refused("State", StateRequest(id: "x"), .notFound, text)
        await it.refused("Wait", WaitRequest(id: "x"), .notFound, text)
        await it.refused("Kill", KillRequest(id: "x", signal: 9), .notFound, text)
        await it.refused("Exec", ExecProcessRequest(id: "x", execID: "e"), .notFound, text)
        await it.refused("ResizePty", ResizePtyRequest(id: "x"), .notFound, text)
        await it.refused("CloseIO", CloseIORequest(id: "x"), .notFound, text)
        await it.refused("Pids", PidsRequest(id: "x"), .notFound, text)
        await it.refused("Delete", DeleteRequest(id: "x"), .notFound, text)
        await it.refused("Pause", PauseRequest(id: "x"), .notFound, text)
        await it.refused("Resume", ResumeRequest(id: "x"), .notFound, text)
        await it.refused("Stats", StatsRequest(id: "x"), .notFound, text)
        await it.refused("Update", UpdateTaskRequest(id: "x"), .notFound, text)
        await it.refused("Checkpoint", CheckpointTaskRequest(id: "x"), .notFound, text)
        let connected: ConnectResponse = try await it.call("Connect", ConnectRequest(id: "x"))
        #expect(connected.taskPid == 0 && connected.shimPid > 0)
    }

    @Test("refusals have the codes that containerd acts on")
    func refusals() async throws {
        let it = try TaskFixture()
        try await it.run()
        await it.refused(
            "Create", CreateTaskRequest(id: "c", bundle: "/b"), .alreadyExists, "container c")
        await it.refused(
            "Create", CreateTaskRequest(id: "..", bundle: "/b"), .invalidArgument,
            "invalid container id \"..\": names a directory")
        await it.refused(
            "Delete", DeleteRequest(id: "c"), .failedPrecondition, "cannot delete a running container")
        await it.refused(
            "Start", StartRequest(id: "c"), .failedPrecondition, "cannot start a running container")
        await it.refused(
            "Checkpoint", CheckpointTaskRequest(id: "c"), .invalidArgument,
            "checkpoint of container c: expected a path")
        try it.container.end(0)
        let _: WaitResponse = try await it.call("Wait", WaitRequest(id: "c"))
        await it.refused("Kill", KillRequest(id: "c", signal: 15), .notFound, "process already finished")
    }

    @Test("a checkpoint is saved where containerd says, and announced")
    func checkpoint() async throws {
        let it = try TaskFixture()
        try await it.create()
        await it.refused(
            "Checkpoint", CheckpointTaskRequest(id: "c", path: "/image"), .failedPrecondition,
            "cannot checkpoint task in created state")
        let _: StartResponse = try await it.call("Start", StartRequest(id: "c"))
        try await it.tell("Checkpoint", CheckpointTaskRequest(id: "c", path: "/image"))
        #expect(try it.container.calls.last == "checkpoint /image leaving it running")
        #expect(it.events.topics.last == "/tasks/checkpointed")
        #expect(
            it.events.last(TaskCheckpointed.self) == TaskCheckpointed(containerID: "c", checkpoint: "/image"))
        // containerd's client pauses the container first.
        try await it.tell("Pause", PauseRequest(id: "c"))
        let exit = AnyMessage(packing: RuncCheckpointOptions(exit: true))
        try await it.tell("Checkpoint", CheckpointTaskRequest(id: "c", path: "/image", options: exit))
        #expect(try it.container.calls.last == "checkpoint /image")
        await it.refused(
            "Checkpoint",
            CheckpointTaskRequest(id: "c", path: "/image", options: AnyMessage(packing: RuncOptions())),
            .invalidArgument,
            "decode containerd.runc.v1.CheckpointOptions: the any holds \"containerd.runc.v1.Options\"")
        try it.container.fail("checkpoint", RuntimeError(.unsupported, "not supported by runsc 1"))
        await it.refused(
            "Checkpoint", CheckpointTaskRequest(id: "c", path: "/image"), .unimplemented,
            "OCI runtime checkpoint failed: not supported by runsc 1")
        #expect(it.events.topics.filter { $0 == "/tasks/checkpointed" }.count == 2)
    }

    @Test("a container is created from a checkpoint")
    func restore() async throws {
        let it = try TaskFixture()
        let _: CreateTaskResponse = try await it.call(
            "Create", CreateTaskRequest(id: "c", bundle: "/b", checkpoint: "/image"))
        #expect(it.runtime.request?.checkpoint == "/image")
        #expect(it.events.last(TaskCreate.self)?.checkpoint == "/image")
    }

    @Test("a creation that fails leaves nothing, and its id is free")
    func createFails() async throws {
        let failing = try TaskFixture(failing: RuntimeError(.failed, "panic: out of luck"))
        for _ in 0..<2 {
            await failing.refused(
                "Create",
                CreateTaskRequest(id: "c", bundle: "/b", rootfs: [RootfsMount(source: "l")]), .unknown,
                "OCI runtime create failed: panic: out of luck")
        }
        #expect(failing.mounts.events.filter { $0 == "unmount /b/rootfs" }.count == 2)
        #expect(failing.events.topics.isEmpty)
        #expect(await failing.service.population == .empty)

        let unmountable = try TaskFixture(failMount: true)
        await unmountable.refused(
            "Create", CreateTaskRequest(id: "c", bundle: "/b", rootfs: [RootfsMount(source: "l")]), .unknown,
            "OCI runtime create failed: mount /b/rootfs: device or resource busy")
        #expect(unmountable.runtime.container == nil)
    }

    @Test("the end is asked for once for each container, and comes with the last one")
    func shutdown() async throws {
        let it = try TaskFixture()
        try await it.create()
        try await it.tell("Shutdown", ShutdownRequest(id: "other"))
        #expect(await it.service.population == .live)
        let _: DeleteResponse = try await it.call("Delete", DeleteRequest(id: "c"))
        #expect(await it.service.population == .empty)
        let ended = Task { await it.service.untilShutdown() }
        try await it.tell("Shutdown", ShutdownRequest(id: "c"))
        await ended.value
        await it.refused(
            "Create", CreateTaskRequest(id: "d", bundle: "/b"), .unavailable, "the shim is shutting down")
    }

    @Test("State, Pids and Connect answer at once while everything else hangs")
    func answersWhileHanging() async throws {
        let it = try TaskFixture()
        try await it.create()
        let container = try it.container
        let held = ["start", "processes", "statistics", "signal"].map { container.hold($0) }
        let starting = Task { try? await it.call("Start", StartRequest(id: "c"), as: StartResponse.self) }
        await container.called("start")
        let limit = Duration.seconds(3)
        let state: StateResponse = try await it.call("State", StateRequest(id: "c"), timeout: limit)
        #expect(state.status == .created)
        let pids: PidsResponse = try await it.call("Pids", PidsRequest(id: "c"), timeout: limit)
        #expect(pids.processes.map(\.pid) == [4242])
        let connected: ConnectResponse = try await it.call("Connect", ConnectRequest(id: "c"), timeout: limit)
        #expect(connected.taskPid == 4242)
        for signal in held { signal.set() }
        _ = await starting.value
    }

    @Test("a wait whose caller gives up ends; the next one is answered")
    func waitTimesOut() async throws {
        let it = try TaskFixture()
        try await it.run()
        await #expect(throws: Status.self) {
            let _: WaitResponse = try await it.call(
                "Wait", WaitRequest(id: "c"), timeout: .milliseconds(20))
        }
        try it.container.end(1)
        let exit: WaitResponse = try await it.call("Wait", WaitRequest(id: "c"))
        #expect(exit.exitStatus == 1)
    }

    @Test("pause shows in the state of execs too; events tell of it")
    func pause() async throws {
        let it = try TaskFixture()
        try await it.run()
        let spec = AnyMessage(typeURL: TypeURL.process, value: Array(#"{"args":["sh"],"cwd":"/"}"#.utf8))
        try await it.tell("Exec", ExecProcessRequest(id: "c", execID: "e", spec: spec))
        let _: StartResponse = try await it.call("Start", StartRequest(id: "c", execID: "e"))
        try await it.tell("Pause", PauseRequest(id: "c"))
        for exec in ["", "e"] {
            let state: StateResponse = try await it.call("State", StateRequest(id: "c", execID: exec))
            #expect(state.status == .paused)
        }
        try await it.tell("Resume", ResumeRequest(id: "c"))
        #expect(it.events.topics.suffix(2) == ["/tasks/paused", "/tasks/resumed"])
    }

    @Test("statistics come in the form of the host's cgroups", arguments: [true, false])
    func stats(unified: Bool) async throws {
        let it = try TaskFixture(unified: unified)
        try await it.run()
        var statistics = Statistics()
        statistics.cpuTotal = 5_000_000
        statistics.throttling.throttledPeriods = 7
        statistics.memoryUsage = 4096
        statistics.interfaces = [InterfaceStatistics(name: "eth0")]
        try it.container.set(statistics)
        let response: StatsResponse = try await it.call("Stats", StatsRequest(id: "c"))
        let stats = try #require(response.stats)
        if unified {
            let metrics: CgroupV2.Metrics = try stats.unpack()
            #expect(metrics.cpu?.usageUsec == 5000 && metrics.memory?.usage == 4096)
            #expect(metrics.cpu?.nrThrottled == 7)
            #expect(metrics.network.map(\.name) == ["eth0"])
        } else {
            let metrics: CgroupV1.Metrics = try stats.unpack()
            #expect(metrics.cpu?.usage?.total == 5_000_000 && metrics.memory?.usage?.usage == 4096)
            #expect(metrics.cpu?.throttling?.throttledPeriods == 7)
            #expect(metrics.network.map(\.name) == ["eth0"])
        }
        // The daemons of Docker and CRI-O, and nerdctl, end where a part is missing, be it empty.
        try it.container.set(Statistics())
        let empty: StatsResponse = try await it.call("Stats", StatsRequest(id: "c"))
        if unified {
            let metrics = try #require(empty.stats).unpack(as: CgroupV2.Metrics.self)
            #expect(metrics.io != nil)
        } else {
            let metrics = try #require(empty.stats).unpack(as: CgroupV1.Metrics.self)
            #expect(metrics.cpu?.usage != nil && metrics.cpu?.throttling != nil && metrics.blkio != nil)
            let memory = try #require(metrics.memory)
            #expect(memory.swap != nil && memory.kernel != nil && memory.kernelTCP != nil)
        }
    }
}

import OCI
import Proc
import Runtime
import RuntimeFakes
import Testing

@Suite("Init process", .timeLimit(.minutes(1)))
struct InitProcessTests {
    @Test("a whole life, in order")
    func life() async throws {
        let it = try await Fixture()
        #expect(await it.process.status == .created)
        try await it.process.start()
        #expect(await it.process.status == .running)
        it.container.end(3)
        #expect(try await it.process.exit.wait() == ContainerExit(code: 3, time: 1000))
        #expect(await it.process.status == .stopped)
        #expect(try await it.process.delete().code == 3)
        #expect(it.log.events == ["create 4242", "start 4242", "exit init 4242 3", "delete 4242 3"])
        #expect(it.container.calls == ["start", "destroy"])
    }

    @Test("a lack of memory is told before the exit, and only with the code of a kill", arguments: [137, 3])
    func outOfMemory(_ code: UInt32) async throws {
        let it = try await Fixture()
        try await it.process.start()
        it.container.setOutOfMemory()
        it.container.end(code)
        _ = try await it.process.exit.wait()
        await it.log.wait(for: "exit init 4242 \(code)")
        let told = code == 137 ? ["oom"] : []
        #expect(it.log.events == ["create 4242", "start 4242"] + told + ["exit init 4242 \(code)"])
    }

    @Test("an exit before the start's reply is kept, and reported after the start")
    func exitBeforeStartReply() async throws {
        let it = try await Fixture()
        let reply = it.container.hold("start")
        let started = Task { try await it.process.start() }
        await it.container.called("start")
        it.container.end(7)
        // The exit is known to the runtime; nobody may hear of it before the start.
        #expect(it.process.exit.value == nil)
        reply.set()
        try await started.value
        #expect(try await it.process.exit.wait().code == 7)
        await it.log.wait(for: "exit init 4242 7")
        #expect(it.log.events == ["create 4242", "start 4242", "exit init 4242 7"])
    }

    @Test("any number of tasks wait, also after the exit, and a cancelled one lets go")
    func waiters() async throws {
        let it = try await Fixture()
        let process = it.process
        let cancelled = Task { try await process.exit.wait() }
        let waiting = (0..<50).map { _ in Task { try await process.exit.wait().code } }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        try await it.process.start()
        it.container.end(9)
        for task in waiting { #expect(try await task.value == 9) }
        #expect(try await it.process.exit.wait().code == 9)
    }

    @Test("what a running container refuses")
    func running() async throws {
        let it = try await Fixture()
        try await it.process.start()
        await expect(.failedPrecondition, "cannot start a running container") { try await it.process.start() }
        await expect(.failedPrecondition, "cannot delete a running container") {
            _ = try await it.process.delete()
        }
        await expect(.failedPrecondition, "cannot resume a running container") {
            try await it.process.resume()
        }
    }

    @Test("what a stopped container refuses")
    func stopped() async throws {
        let it = try await Fixture()
        try await it.process.start()
        it.container.end(0)
        _ = try await it.process.exit.wait()
        for signal: UInt32 in [15, 9, 10] {
            await expect(.notFound, "process already finished") {
                try await it.process.kill(signal, all: false)
            }
        }
        await expect(.failedPrecondition, "cannot start a stopped container") { try await it.process.start() }
        await expect(.failedPrecondition, "cannot exec in a stopped state") {
            _ = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
        }
        await expect(.failedPrecondition, "cannot pause a stopped container") { try await it.process.pause() }
        _ = try await it.process.delete()
        await expect(.notFound, "process not found") { try await it.process.kill(9, all: false) }
        await expect(.notFound, "cannot delete a deleted container") { _ = try await it.process.delete() }
    }

    @Test("signals reach a running container", arguments: [false, true])
    func signals(all: Bool) async throws {
        let it = try await Fixture()
        try await it.process.start()
        try await it.process.kill(10, all: all)
        #expect(it.container.calls.last == (all ? "signal 10 all" : "signal 10 initProcess"))
        it.container.fail("signal", RuntimeError(.notFound, "no such process"))
        await expect(.notFound, "process already finished") { try await it.process.kill(9, all: all) }
        await expect(.invalid, "signal 65: expected 0 to 64") { try await it.process.kill(65, all: all) }
    }

    @Test(
        "whoever sends a signal has the answer before the end is told, but not for ever",
        arguments: [true, false])
    func answerBeforeExit(_ answers: Bool) async throws {
        let it = try await Fixture()
        try await it.process.start()
        let answer = it.container.hold("signal")
        let kill = Task { try await it.process.kill(9, all: false) }
        await it.container.called("signal")
        it.container.end(137)
        #expect(await within(.milliseconds(100)) { try? await it.process.exit.wait() } == nil)
        if answers {
            answer.set(())
            try await kill.value
        }
        #expect(try await it.process.exit.wait().code == 137)
        answer.set(())
        _ = await kill.result
    }

    @Test("a container that was never started can be killed", arguments: [UInt32(9), 15])
    func killCreated(signal: UInt32) async throws {
        let it = try await Fixture()
        try await it.process.kill(signal, all: false)
        #expect(it.process.exit.value?.code == 128 + signal)
        #expect(await it.process.status == .stopped)
        #expect(try await it.process.delete().code == 128 + signal)
        #expect(
            it.log.events == [
                "create 4242", "exit init 4242 \(128 + signal)", "delete 4242 \(128 + signal)",
            ])
    }

    @Test("a signal that kills nobody leaves a created container created")
    func otherSignalCreated() async throws {
        let it = try await Fixture()
        try await it.process.kill(10, all: false)
        #expect(it.container.calls == ["signal 10 initProcess"])
        #expect(await it.process.status == .created)
    }

    @Test("a kill that fails gives the created container back")
    func killCreatedFails() async throws {
        let it = try await Fixture()
        it.container.fail("destroy", RuntimeError(.failed, "busy"))
        await expect(.failed, "OCI runtime kill failed") { try await it.process.kill(9, all: false) }
        it.container.fail("destroy", nil)
        try await it.process.start()
        #expect(await it.process.status == .running)
    }

    @Test("a container that was never started can be deleted")
    func deleteCreated() async throws {
        let it = try await Fixture()
        #expect(try await it.process.delete().code == 137)
        #expect(it.log.events == ["create 4242", "exit init 4242 137", "delete 4242 137"])
    }

    @Test("a sandbox whose start failed stays created, and can be killed and deleted")
    func startFailsRoot() async throws {
        let it = try await Fixture()
        it.container.fail("start", RuntimeError(.notFound, "executable \"/nope\" not found"))
        let error = await expect(.notFound, "OCI runtime start failed") { try await it.process.start() }
        #expect(error?.description.contains("\"/nope\"") == true)
        #expect(await it.process.status == .created)
        try await it.process.kill(9, all: true)
        _ = try await it.process.delete()
        #expect(it.log.events == ["create 4242", "exit init 4242 137", "delete 4242 137"])
    }

    @Test("a container in a sandbox whose start failed is stopped with 128")
    func startFailsSub() async throws {
        let it = try await Fixture(isRoot: false)
        it.container.fail("start", RuntimeError(.failed, "no"))
        await expect(.failed, "OCI runtime start failed") { try await it.process.start() }
        #expect(await it.process.status == .stopped)
        #expect(it.process.exit.value?.code == 128)
        #expect(try await it.process.delete().code == 128)
    }

    @Test("a sandbox that dies while its start fails is stopped")
    func diesInStart() async throws {
        let it = try await Fixture()
        it.container.fail("start", RuntimeError(.failed, "gone"))
        let reply = it.container.hold("start")
        let started = Task { try await it.process.start() }
        await it.container.called("start")
        it.container.end(2)
        reply.set()
        await #expect(throws: ProcessError.self) { try await started.value }
        #expect(try await it.process.exit.wait().code == 2)
        await it.log.wait(for: "exit init 4242 2")
        #expect(await it.process.status == .stopped)
    }

    @Test("of two deletions at once one deletes, the other finds nothing")
    func concurrentDelete() async throws {
        let it = try await Fixture()
        let process = it.process
        try await process.start()
        it.container.end(0)
        _ = try await process.exit.wait()
        let held = it.container.hold("destroy")
        let tasks = (0..<2).map { _ in Task { try await process.delete() } }
        held.set()
        var outcomes: [String] = []
        for task in tasks {
            do {
                outcomes.append("\(try await task.value.code)")
            } catch {
                outcomes.append("\(error)")
            }
        }
        #expect(outcomes.sorted() == ["0", "cannot delete a deleted container"])
        #expect(it.container.calls.filter { $0 == "destroy" }.count == 1)
        #expect(it.log.events.filter { $0.hasPrefix("delete") }.count == 1)
    }

    @Test("a deletion that failed half-way can be repeated")
    func deleteAgain() async throws {
        let failures = FailFirst()
        let it = try await Fixture(release: { try failures.next() })
        try await it.process.start()
        it.container.end(5)
        _ = try await it.process.exit.wait()
        it.container.fail("destroy", RuntimeError(.failed, "cgroup busy"))
        await expect(.failed, "failed to delete task") { _ = try await it.process.delete() }
        it.container.fail("destroy", nil)
        await expect(.failed, "failed to delete task") { _ = try await it.process.delete() }
        #expect(await it.process.status == .stopped)
        #expect(try await it.process.delete().code == 5)
        #expect(it.log.events.filter { $0.hasPrefix("exit") || $0.hasPrefix("delete") }.count == 2)
    }

    @Test("pause and resume")
    func pause() async throws {
        let it = try await Fixture()
        try await it.process.start()
        let held = it.container.hold("pause")
        async let paused: Void = it.process.pause()
        await it.container.called("pause")
        #expect(await it.process.status == .pausing)
        held.set()
        try await paused
        #expect(await it.process.status == .paused)
        await expect(.failedPrecondition, "cannot exec in a paused state") {
            _ = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
        }
        it.container.fail("resume", RuntimeError(.failed, "no"))
        await expect(.failed, "OCI runtime resume failed") { try await it.process.resume() }
        #expect(await it.process.status == .paused)
        it.container.fail("resume", nil)
        try await it.process.resume()
        #expect(it.log.events == ["create 4242", "start 4242", "paused", "resumed"])
    }

    @Test("statistics and processes of a sandbox that hangs are the last known ones, at once")
    func lastKnown() async throws {
        let it = try await Fixture()
        try await it.process.start()
        var sample = Statistics()
        sample.pids = 3
        it.container.set(sample)
        #expect(try await it.process.statistics().pids == 3)
        #expect(await it.process.processes().count == 1)
        let heldStatistics = it.container.hold("statistics")
        let heldProcesses = it.container.hold("processes")
        let clock = ContinuousClock()
        let time = await clock.measure {
            #expect((try? await it.process.statistics(within: .milliseconds(50)))?.pids == 3)
            #expect(await it.process.processes(within: .milliseconds(50)).count == 1)
        }
        #expect(time < .seconds(5))
        it.container.end(0)
        _ = try await it.process.exit.wait()
        #expect(try await it.process.statistics().pids == 3)
        heldStatistics.set()
        heldProcesses.set()
    }

    @Test("a creation that fails says so in containerd's words")
    func createFails() async {
        let runtime = FakeRuntime(failing: RuntimeError(.invalid, "config.json: root.path is missing"))
        let configuration = InitProcess.Configuration(
            id: "c", bundle: "/b", stdio: StdioPaths(), release: {}, events: { _ in })
        let error = await expect(.invalid, "OCI runtime create failed") {
            _ = try await InitProcess.create(configuration, in: runtime)
        }
        #expect(error?.description == "OCI runtime create failed: config.json: root.path is missing")
    }
}

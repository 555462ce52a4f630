import Glibc
import Proc
import Runtime
import RuntimeFakes
import Sys
import Testing

@Suite("Exec process", .timeLimit(.minutes(1)))
struct ExecProcessTests {
    private func running() async throws -> Fixture {
        let it = try await Fixture()
        try await it.process.start()
        return it
    }

    @Test("a whole life, in order; the id is free afterwards")
    func life() async throws {
        let it = try await running()
        for round in 0..<2 {
            let exec = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
            #expect(await exec.status == .created)
            await expect(.alreadyExists, "exec id e") {
                _ = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
            }
            try await exec.start()
            let pid = Int32(2 + round)
            #expect(await exec.pid == pid)
            #expect(await it.process.execPIDs() == [pid: "e"])
            await expect(.failedPrecondition, "cannot start a running process") { try await exec.start() }
            await expect(.failedPrecondition, "cannot delete a running process") {
                _ = try await it.process.deleteExec("e")
            }
            it.container.endExec(pid, 4)
            #expect(try await exec.exit.wait().code == 4)
            await expect(.notFound, "process already finished") { try await exec.kill(9) }
            #expect(try await it.process.deleteExec("e") === exec)
            await expect(.notFound, "process e does not exist in container c") {
                _ = try await it.process.exec("e")
            }
        }
        #expect(
            it.log.events.dropFirst(2) == [
                "exec-added e", "exec-started e 2", "exit e 2 4", "exec-added e", "exec-started e 3",
                "exit e 3 4",
            ])
    }

    @Test("signals go to the process by its id inside; before the start there is none")
    func kill() async throws {
        let it = try await running()
        let exec = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
        await expect(.failedPrecondition, "process not created") { try await exec.kill(9) }
        try await exec.start()
        try await exec.kill(10)
        #expect(it.container.calls.last == "signal 10 process(2)")
    }

    @Test("the exits of all execs are published before that of the container")
    func beforeInit() async throws {
        let it = try await running()
        for id in ["a", "b", "never"] {
            let exec = try await it.process.exec(id, Fixture.shell, stdio: StdioPaths())
            if id != "never" { try await exec.start() }
        }
        it.container.end(0)
        // The sandbox has reported the end of one; of the other nothing is ever heard.
        it.container.endExec(2, 5)
        _ = try await it.process.exit.wait()
        await it.log.wait(for: "exit init 4242 0")
        let exits = it.log.events.filter { $0.hasPrefix("exit") }
        #expect(exits == ["exit a 2 5", "exit b 3 137", "exit init 4242 0"])
        let never = try await it.process.exec("never")
        await expect(.failedPrecondition, "cannot exec in a stopped state") { try await never.start() }
        let waiting = Task { try await never.exit.wait().code }
        _ = try await it.process.delete()
        #expect(try await waiting.value == 137)
    }

    @Test("a start that fails stops the process with 128, and it can be deleted")
    func startFails() async throws {
        let it = try await running()
        it.container.fail("exec", RuntimeError(.notFound, "executable \"nope\" not found"))
        let exec = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
        let error = await expect(.notFound, "OCI runtime exec failed") { try await exec.start() }
        #expect(error?.description.contains("\"nope\"") == true)
        #expect(await exec.status == .stopped)
        #expect(try await exec.exit.wait().code == 128)
        _ = try await it.process.deleteExec("e")
        #expect(it.log.events.dropFirst(2) == ["exec-added e"])
    }

    @Test("a container that ends while an exec starts ends the start")
    func containerEndsInStart() async throws {
        let it = try await running()
        let held = it.container.hold("exec")
        let exec = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
        let start = Task { try await exec.start() }
        await it.container.called("exec")
        it.container.end(1)
        _ = try await it.process.exit.wait()
        #expect(exec.exit.value?.code == 137)
        held.set()
        await expect(.failedPrecondition, "cannot exec in a stopped state") { try await start.value }
    }

    @Test("an exec that was never started can be deleted")
    func deleteCreated() async throws {
        let it = try await running()
        let exec = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths())
        let waiting = Task { try await exec.exit.wait() }
        _ = try await it.process.deleteExec("e")
        #expect(try await waiting.value.code == 0)
        await expect(.notFound, "process e does not exist in container c") {
            _ = try await it.process.deleteExec("e")
        }
    }

    @Test("what comes before its streams are there is done when they are")
    func early() async throws {
        let it = try await running()
        let fifo = try Fifo()
        let exec = try await it.process.exec("e", Fixture.shell, stdio: StdioPaths(stdin: fifo.path))
        await exec.closeInput()
        try await exec.start()
        let input = try AsyncFD(Guest(try #require(it.container.execStdio(2))).input)
        #expect(try await input.read(upTo: 1).isEmpty)

        let terminal = try await it.process.exec(
            "t", Fixture.shell, stdio: StdioPaths(terminal: true))
        try await terminal.resize(width: 81, height: 25)
        try await terminal.start()
        var size = winsize()
        let slave = try Guest(try #require(it.container.execStdio(3))).input
        #expect(ioctl(slave.raw, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col == 81 && size.ws_row == 25)
        it.container.end(0)
    }
}

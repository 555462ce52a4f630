import Foundation
import Glibc
import Runtime
import Sys
import Testing

@testable import Proc

@Suite("Streams by terminal", .timeLimit(.minutes(1)))
struct TerminalTests {
    @Test("output up to the last byte, then the end", arguments: [Stdio.Owner.container, .exec])
    func output(owner: Stdio.Owner) async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path, terminal: true), for: owner)
        let guest = try Guest(stdio.guest)
        #expect(Terminal.isTerminal(guest.output))
        stdio.handedOver()
        let text = String(repeating: "0123456789abcdef", count: 2048)
        let reading = Task { try await readAll(client) }
        let output = try AsyncFD(guest.output)
        try await output.write(Array(text.utf8))
        output.close()
        guest.exit()
        await stdio.finish()
        #expect(try await reading.value == Array(text.utf8))
        stdio.close()
    }

    /// The thread that waits for descriptors.
    private func poller() throws -> Int32 {
        // Others may end meanwhile.
        let named = try Directory.list("/proc/self/task").first {
            (try? File.readText("/proc/self/task/\($0)/comm")) == "poller\n"
        }
        return try #require(named.flatMap { Int32($0) }, "a thread named poller")
    }

    @Test("the last words arrive on a host so busy that they are noticed late")
    func starved() async throws {
        for _ in 0..<8 { try await starveOnce() }
    }

    private func starveOnce() async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path, terminal: true), for: .container)
        // Somebody holds the terminal beyond the end, as the Sentry of a pod does.
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array("first ".utf8), to: guest.output)
        #expect(try await client.read(upTo: 100) == Array("first ".utf8))
        let poller = try poller()
        var parameter = sched_param()
        // SCHED_IDLE: it runs when nobody else wants to.
        try #require(sched_setscheduler(poller, 5, &parameter) == 0)
        let end = OneShot<Void>()
        for _ in 0..<3 * sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
            let busy = Thread { while end.value == nil {} }
            busy.start()
        }
        try File.write(Array("last".utf8), to: guest.output)
        await stdio.finish()
        end.report(())
        sched_setscheduler(poller, SCHED_OTHER, &parameter)
        #expect(try await client.read(upTo: 100) == Array("last".utf8))
        stdio.close()
        guest.exit()
    }

    @Test("input arrives line by line; CloseIO and a detached client leave the terminal open")
    func input() async throws {
        let (input, output) = (try Fifo(), try Fifo())
        let stdio = try Stdio(
            StdioPaths(stdin: input.path, stdout: output.path, terminal: true), for: .container)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        let client = try input.writer()
        try await client.write(Array("hello\n".utf8))
        let reader = try AsyncFD(guest.input)
        #expect(try await reader.read(upTo: 100) == Array("hello\n".utf8))
        stdio.closeInput()
        try await client.write(Array("again\n".utf8))
        #expect(try await reader.read(upTo: 100) == Array("again\n".utf8))
        client.close()
        try File.write(Array("still here".utf8), to: guest.output)
        let screen = try output.reader()
        guest.exit()
        await stdio.finish()
        // The terminal echoes what is typed.
        let shown = String(decoding: try await readAll(screen), as: UTF8.self)
        #expect(shown == "hello\r\nagain\r\nstill here")
        stdio.close()
    }

    @Test("the window's size reaches the process; after the end a resize does nothing")
    func resize() async throws {
        let fifo = try Fifo()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path, terminal: true), for: .container)
        let guest = try Guest(stdio.guest)
        try stdio.resize(width: 132, height: 43)
        var size = winsize()
        #expect(ioctl(guest.output.raw, UInt(TIOCGWINSZ), &size) == 0)
        #expect(size.ws_col == 132 && size.ws_row == 43)
        guest.exit()
        await stdio.finish()
        stdio.close()
        try stdio.resize(width: 80, height: 24)
        let plain = try Stdio(StdioPaths(), for: .container)
        try plain.resize(width: 80, height: 24)
        plain.close()
    }

    @Test("a container's terminal that somebody still holds ends for the client all the same")
    func leakedSlave() async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path, terminal: true), for: .container)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array("bye".utf8), to: guest.output)
        await stdio.finish()
        #expect(try await readAll(client) == Array("bye".utf8))
        stdio.close()
        guest.exit()
    }

    @Test("a client that does not read delays the end by two seconds, and then still gets everything")
    func blockingClient() async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path, terminal: true), for: .container)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        // 4 KiB fill the FIFO, the copy holds as much, the terminal the rest.
        try #require(fcntl(client.raw, Int32(1031), Int32(4096)) == 4096)
        let output = try AsyncFD(guest.output)
        for _ in 0..<11 { try await output.write([UInt8](repeating: 65, count: 1024)) }
        output.close()
        guest.exit()
        let time = await ContinuousClock().measure { await stdio.finish() }
        #expect(time > .seconds(1) && time < .seconds(10))
        #expect(try await readAll(client).count == 11 << 10)
        stdio.close()
    }
}

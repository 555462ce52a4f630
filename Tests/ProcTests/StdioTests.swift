import Glibc
import Runtime
import Synchronization
import Sys
import Testing

@testable import Proc

@Suite("Streams by FIFO and file", .timeLimit(.minutes(1)))
struct StdioTests {
    @Test("the last bytes arrive, and then the end", arguments: [Stdio.Owner.container, .exec])
    func lastBytes(owner: Stdio.Owner) async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: owner)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array("last words".utf8), to: guest.output)
        #expect(!isSilent(client) || owner == .exec)
        guest.exit()
        await stdio.finish()
        let rest = try await readAll(client)
        #expect(String(decoding: rest, as: UTF8.self).hasSuffix("ast words"))
        stdio.close()
    }

    @Test(
        "opening waits for no client, and a client that comes late finds what was written, and the end",
        arguments: [Stdio.Owner.container, .exec], ["early", ""])
    func lateClient(owner: Stdio.Owner, text: String) async throws {
        let fifo = try Fifo()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: owner)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array(text.utf8), to: guest.output)
        guest.exit()
        await stdio.finish(patience: .milliseconds(10))
        let client = try await withDeadline(.seconds(30), "the client's open") {
            try await fifo.awaitedReader()
        }
        let received = try await withDeadline(.seconds(30), "the end") { try await readAll(client) }
        #expect(received == Array(text.utf8))
        stdio.close()
    }

    @Test(
        "a client that comes while the process runs takes over, and may go away",
        arguments: [Stdio.Owner.container, .exec])
    func clientComes(owner: Stdio.Owner) async throws {
        let fifo = try Fifo()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: owner)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array("one".utf8), to: guest.output)
        let first = try await fifo.awaitedReader()
        #expect(try await first.read(upTo: 10) == Array("one".utf8))
        first.close()
        try File.write(Array("two".utf8), to: guest.output)
        let second = try fifo.reader()
        guest.exit()
        await stdio.finish()
        #expect(try await readAll(second) == Array("two".utf8))
        stdio.close()
    }

    @Test("nothing waits any more for a client that never came", arguments: [Stdio.Owner.container, .exec])
    func noClient(owner: Stdio.Owner) async throws {
        let fifo = try Fifo()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: owner)
        let guest = try Guest(stdio.guest)
        guest.exit()
        await stdio.finish()
        stdio.close()
        // Once the wait is over there is neither a reader nor a writer.
        try await withDeadline(.seconds(30), "the end of the wait") {
            while (try? fifo.writer()) != nil { await Task.yield() }
        }
    }

    @Test("a client that goes away does not break the process' pipe, and another can take over")
    func clientGoes() async throws {
        let fifo = try Fifo()
        var client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: .container)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        client.close()
        try File.write(Array("to the second".utf8), to: guest.output)
        client = try fifo.reader()
        guest.exit()
        #expect(try await readAll(client) == Array("to the second".utf8))
        stdio.close()
    }

    @Test("10 MB through an exec's pipes arrive whole, though the client is slower than the process")
    func large() async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: .exec)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        let total = 10 << 20
        let writer = try AsyncFD(guest.output)
        let piece = (0..<(64 << 10)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let writing = Task {
            for _ in 0..<(total / piece.count) { try await writer.write(piece) }
            writer.close()
            guest.exit()
            await stdio.finish()
        }
        let received = try await readAll(client)
        try await writing.value
        #expect(received.count == total)
        #expect(
            stride(from: 0, to: total, by: piece.count).allSatisfy {
                received[$0..<($0 + piece.count)].elementsEqual(piece)
            })
        stdio.close()
    }

    @Test(
        "the end is told when the client has read what was written before, or reads no more",
        arguments: [Stdio.Owner.container, .exec])
    func unread(owner: Stdio.Owner) async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: owner)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write([UInt8](repeating: 7, count: 50_000), to: guest.output)
        guest.exit()
        let finished = Mutex(false)
        let finishing = Task {
            await stdio.finish()
            finished.withLock { $0 = true }
        }
        for _ in 0..<4 {
            try await Task.sleep(for: .milliseconds(200))
            #expect(!finished.withLock { $0 })
            #expect(try await client.read(upTo: 10_000).count == 10_000)
        }
        #expect(try await client.read(upTo: 10_000).count == 10_000)
        await finishing.value
        stdio.close()

        let other = try Stdio(StdioPaths(stdout: fifo.path), for: owner)
        let silent = try Guest(other.guest)
        other.handedOver()
        try File.write([7], to: silent.output)
        silent.exit()
        #expect(await ContinuousClock().measure { await other.finish() } < .seconds(1.5))
        other.close()
    }

    @Test("stdin ends neither when a client detaches nor before CloseIO, and then with the last client")
    func closeIO() async throws {
        let fifo = try Fifo()
        let stdio = try Stdio(StdioPaths(stdin: fifo.path), for: .container)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        let input = try AsyncFD(guest.input)
        let first = try fifo.writer()
        try await first.write(Array("one".utf8))
        first.close()
        #expect(try await input.read(upTo: 10) == Array("one".utf8))
        #expect(isSilent(input))
        let second = try fifo.writer()
        stdio.closeInput()
        try await second.write(Array("two".utf8))
        #expect(try await input.read(upTo: 10) == Array("two".utf8))
        #expect(isSilent(input))
        second.close()
        #expect(try await input.read(upTo: 10).isEmpty)
        stdio.close()
    }

    @Test("the process gets blocking descriptors, and /dev/null for no stream")
    func modes() throws {
        let fifo = try Fifo()
        let stdio = try Stdio(StdioPaths(stdin: fifo.path, stdout: fifo.path), for: .container)
        guard case .files(let input, let output, let error) = stdio.guest else {
            Issue.record("no files")
            return
        }
        for end in [input, output] { #expect(fcntl(end.raw, F_GETFL) & O_NONBLOCK == 0) }
        let target = try #require(realpath("/proc/self/fd/\(error.raw)", nil))
        #expect(String(cString: target) == "/dev/null")
        free(target)
        stdio.close()
        #expect(input.raw == -1 && output.raw == -1 && error.raw == -1)
    }

    @Test("a client that does not read holds up an exec's end by two seconds, and then still gets everything")
    func blockingClient() async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: .exec)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        let output = try AsyncFD(guest.output)
        // The FIFO holds 64 KiB and the pipe as much again; 100 KiB get stuck between them.
        try await output.write([UInt8](repeating: 7, count: 100 << 10))
        output.close()
        guest.exit()
        let time = await ContinuousClock().measure { await stdio.finish() }
        #expect(time > .seconds(1) && time < .seconds(10))
        #expect(try await readAll(client).count == 100 << 10)
        stdio.close()
    }

    @Test("an exec's child that keeps its output delays nothing, and deletion ends it for the client")
    func backgroundChild() async throws {
        let fifo = try Fifo()
        let client = try fifo.reader()
        let stdio = try Stdio(StdioPaths(stdout: fifo.path), for: .exec)
        let guest = try Guest(stdio.guest)
        stdio.handedOver()
        try File.write(Array("done".utf8), to: guest.output)
        let time = await ContinuousClock().measure { await stdio.finish(patience: .seconds(60)) }
        #expect(time < .seconds(30))
        stdio.close()
        #expect(try await readAll(client) == Array("done".utf8))
        guest.exit()
    }

    @Test("files are appended to, by address and by path, with their directory made")
    func files() throws {
        let fifo = try Fifo()
        let path = fifo.directory + "/logs/a b.log"
        for (owner, address) in [
            (Stdio.Owner.container, "file://" + fifo.directory + "/logs/a%20b.log"), (.exec, path),
        ] {
            let stdio = try Stdio(StdioPaths(stdout: address), for: owner)
            let guest = try Guest(stdio.guest)
            stdio.handedOver()
            try File.write(Array("line\n".utf8), to: guest.output)
            guest.exit()
            stdio.close()
        }
        #expect(try File.readText(path) == "line\nline\n")
        try File.remove(path)
        try Directory.remove(fifo.directory + "/logs")
    }

    @Test(
        "what cannot be opened is named",
        arguments: [
            (
                "npipe:///bin/logger?id=1",
                "stdout npipe:///bin/logger?id=1: scheme \"npipe\" is not supported"
            ),
            ("/nowhere/fifo", "stdout /nowhere/fifo: stat /nowhere/fifo: no such file or directory"),
            ("file://relative", "stdout file://relative: expected an absolute path after \"file://\""),
        ])
    func refused(path: String, text: String) {
        let error = #expect(throws: ProcessError.self) {
            try Stdio(StdioPaths(stdout: path), for: .container)
        }
        #expect(error?.description == text)
    }
}

import Foundation
import Glibc
import Messages
import OCI
import Runtime
import Sys
import TestSupport
import Testing

@testable import Shim

/// A bundle with busybox, a task service over the real runtime, and FIFOs as a client makes them.
private final class RunscTask: Sendable {
    let directory: TemporaryDirectory
    let service: TaskService
    let events = EventRecorder()
    let id = "proc-\(UInt32.random(in: 0 ... .max))"
    let args: [String]

    init(_ release: RunscRelease, _ args: [String], terminal: Bool = false) throws {
        let directory = try TemporaryDirectory("procr")
        self.directory = directory
        self.args = args
        let bin = directory.path("rootfs/bin")
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: bin + "/busybox")
        for applet in ["sh", "echo", "sleep", "true", "cat", "head", "stty", "tty"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(bin)/\(applet)", withDestinationPath: "busybox")
        }
        for name in ["proc", "dev", "tmp"] {
            try Directory.make(directory.path("rootfs/" + name), mode: 0o755)
        }
        let spec: JSONValue = [
            "ociVersion": "1.0.2",
            "process": [
                "args": JSONValue(args), "cwd": "/", "env": ["PATH=/bin"], "user": ["uid": 0, "gid": 0],
                "terminal": .bool(terminal),
            ],
            "root": ["path": "rootfs"],
            "mounts": [["destination": "/proc", "type": "proc", "source": "proc"]],
            "linux": ["namespaces": [["type": "pid"], ["type": "network"], ["type": "mount"]]],
        ]
        try File.writeAtomically(spec.serialised(), to: directory.path("config.json"), mode: 0o644)
        for name in ["in", "out", "err", "ein", "eout"] {
            try #require(mkfifo(directory.path(name), 0o600) == 0)
        }
        let runsc = Runsc(
            configuration: RuntimeConfiguration(
                binary: release.directory + "/runsc", root: directory.path("run")))
        service = TaskService(TaskService.Environment(runtime: { _, _ in runsc }, publisher: events))
    }

    /// A client's reading end, opened before the process writes as clients do.
    func reader(_ name: String) throws -> AsyncFD {
        try AsyncFD(File.open(directory.path(name), [.nonblocking]))
    }
    func writer(_ name: String) throws -> AsyncFD {
        try AsyncFD(File.open(directory.path(name), [.writeOnly, .nonblocking]))
    }

    func create(terminal: Bool = false) async throws {
        _ = try await service.create(
            CreateTaskRequest(
                id: id, bundle: directory.path, terminal: terminal, stdin: directory.path("in"),
                stdout: directory.path("out"), stderr: terminal ? "" : directory.path("err")))
    }

    func start() async throws { _ = try await service.start(StartRequest(id: id)) }
    func wait() async throws -> UInt32 { try await service.wait(WaitRequest(id: id)).exitStatus }
    func delete() async throws { _ = try await service.delete(DeleteRequest(id: id)) }

    func startExec(_ args: [String], terminal: Bool = false) async throws {
        let spec: JSONValue = ["args": JSONValue(args), "cwd": "/", "env": ["PATH=/bin"]]
        _ = try await service.exec(
            ExecProcessRequest(
                id: id, execID: "e", terminal: terminal, stdin: directory.path("ein"),
                stdout: directory.path("eout"),
                spec: AnyMessage(typeURL: TypeURL.process, value: spec.serialised())))
        _ = try await service.start(StartRequest(id: id, execID: "e"))
    }
}

private func text(_ descriptor: AsyncFD) async throws -> String {
    var all: [UInt8] = []
    while true {
        let bytes = try await descriptor.read(upTo: 65536)
        if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
        all += bytes
    }
}

@Suite("Task service over a real sandbox", .requires(.root), .serialized, .timeLimit(.minutes(2)))
struct TaskRunscTests {
    @Test("output, exit code and events", arguments: RunscRelease.underTest)
    func output(_ release: RunscRelease) async throws {
        let it = try RunscTask(release, ["sh", "-c", "echo out; echo err >&2; exit 7"])
        let (out, err) = (try it.reader("out"), try it.reader("err"))
        try await it.create()
        try await it.start()
        #expect(try await it.wait() == 7)
        #expect(try await text(out) == "out\n")
        #expect(try await text(err) == "err\n")
        try await it.delete()
        #expect(it.events.topics == ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"])
    }

    @Test("10 MB and the last line", arguments: RunscRelease.underTest)
    func large(_ release: RunscRelease) async throws {
        let it = try RunscTask(release, ["sh", "-c", "head -c 10485760 /dev/zero; echo end"])
        let out = try it.reader("out")
        try await it.create()
        let reading = Task { try await text(out) }
        try await it.start()
        #expect(try await it.wait() == 0)
        let all = try await reading.value
        #expect(all.utf8.count == (10 << 20) + 4 && all.hasSuffix("\0end\n"))
        try await it.delete()
    }

    @Test("input, until CloseIO", arguments: RunscRelease.underTest)
    func input(_ release: RunscRelease) async throws {
        let it = try RunscTask(release, ["cat"])
        let out = try it.reader("out")
        try await it.create()
        let client = try it.writer("in")
        try await it.start()
        try await client.write(Array("hello\n".utf8))
        #expect(try await out.read(upTo: 100) == Array("hello\n".utf8))
        client.close()
        _ = try await it.service.closeIO(CloseIORequest(id: it.id, stdin: true))
        #expect(try await it.wait() == 0)
        #expect(try await text(out) == "")
        try await it.delete()
    }

    @Test("a terminal, its size and its last words", arguments: RunscRelease.underTest)
    func terminal(_ release: RunscRelease) async throws {
        let it = try RunscTask(release, ["sh", "-c", "read x; stty size; echo got $x"], terminal: true)
        let out = try it.reader("out")
        try await it.create(terminal: true)
        let client = try it.writer("in")
        _ = try await it.service.resizePty(ResizePtyRequest(id: it.id, width: 91, height: 33))
        try await it.start()
        try await client.write(Array("word\n".utf8))
        #expect(try await it.wait() == 0)
        #expect(try await text(out) == "word\r\n33 91\r\ngot word\r\n")
        try await it.delete()
    }

    @Test("an exec with its own streams and code", arguments: RunscRelease.underTest)
    func exec(_ release: RunscRelease) async throws {
        let it = try RunscTask(release, ["sleep", "100"])
        try await it.create()
        try await it.start()
        for terminal in [false, true] {
            let out = try it.reader("eout")
            try await it.startExec(["sh", "-c", "echo from exec; exit 9"], terminal: terminal)
            #expect(
                try await it.service.wait(WaitRequest(id: it.id, execID: "e")).exitStatus == 9)
            #expect(try await text(out) == (terminal ? "from exec\r\n" : "from exec\n"))
            _ = try await it.service.delete(DeleteRequest(id: it.id, execID: "e"))
        }
        // Its child keeps the streams; neither the report of its end nor its deletion waits for that.
        let out = try it.reader("eout")
        try await it.startExec(["sh", "-c", "sleep 50 & echo left one; exit 4"])
        let time = try await ContinuousClock().measure {
            #expect(try await it.service.wait(WaitRequest(id: it.id, execID: "e")).exitStatus == 4)
            _ = try await it.service.delete(DeleteRequest(id: it.id, execID: "e"))
        }
        #expect(time < .seconds(5))
        #expect(try await text(out) == "left one\n")
        _ = try await it.service.kill(KillRequest(id: it.id, signal: 9, all: true))
        #expect(try await it.wait() == 137)
        try await it.delete()
    }

    @Test("a container that lives a moment, ten times", arguments: RunscRelease.underTest)
    func short(_ release: RunscRelease) async throws {
        for _ in 0..<10 {
            let it = try RunscTask(release, ["true"])
            try await it.create()
            try await it.start()
            #expect(try await it.wait() == 0)
            try await it.delete()
        }
    }

    @Test("a container that is never started, killed or deleted", arguments: RunscRelease.underTest)
    func neverStarted(_ release: RunscRelease) async throws {
        let killed = try RunscTask(release, ["true"])
        try await killed.create()
        _ = try await killed.service.kill(KillRequest(id: killed.id, signal: 15))
        #expect(try await killed.wait() == 143)
        try await killed.delete()
        #expect(killed.events.topics == ["/tasks/create", "/tasks/exit", "/tasks/delete"])
        let deleted = try RunscTask(release, ["true"])
        try await deleted.create()
        try await deleted.delete()
        #expect(deleted.events.topics == ["/tasks/create", "/tasks/exit", "/tasks/delete"])
    }
}

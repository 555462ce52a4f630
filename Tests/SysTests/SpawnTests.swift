import Sys
import TestSupport
import Testing

/// What a program finds when it has been started by a plan.
@Suite("Spawn")
struct SpawnTests {
    /// Runs a program to its end.
    private func status(of words: [String], _ edit: (inout SpawnPlan) -> Void = { _ in }) async throws
        -> UInt32
    {
        let null = try File.open("/dev/null", [.readWrite])
        var plan = SpawnPlan(
            program: try File.open(words[0], []), path: words[0], arguments: words,
            descriptors: [null, null, null])
        edit(&plan)
        let child = try plan.spawn()
        defer { child.kill(Signal.kill) }
        try await child.executed()
        return try await child.wait().exitCode
    }

    /// A private expedited barrier is refused to a process that is not registered for it: membarrier(2).
    private let barrier = [
        "/usr/bin/python3", "-c",
        "import ctypes, sys; sys.exit(0 if ctypes.CDLL(None).syscall(324, 8, 0) == 0 else 3)",
    ]

    @Test(
        "A program is registered for membarrier before it runs, where the plan says so",
        .requires(.root, .program("python3")))
    func membarrier() async throws {
        #expect(try await status(of: barrier) == 3)
        #expect(try await status(of: barrier) { $0.registersMembarrier = true } == 0)
        // The trace is over: nothing holds up signals, and the exit code is the program's own.
        let script = ["/bin/sh", "-c", "kill -TERM $$; exit 1"]
        #expect(try await status(of: script) { $0.registersMembarrier = true } == 128 + 15)
    }

    @Test("A traced child that cannot run its program says why, and is reaped")
    func failure() async throws {
        let null = try File.open("/dev/null", [.readWrite])
        var plan = SpawnPlan(
            program: try File.open("/etc/passwd", []), path: "/etc/passwd", arguments: ["passwd"],
            descriptors: [null])
        plan.registersMembarrier = true
        let child = try plan.spawn()
        await #expect(throws: SpawnError.self) { try await child.executed() }
        #expect(try await child.wait().exitCode == 127)
    }

    @Test("A traced child that is killed before its program begins is reaped")
    func killed() async throws {
        let null = try File.open("/dev/null", [.readWrite])
        let pipe = try Pipe()
        var plan = SpawnPlan(
            program: try File.open("/bin/true", []), path: "/bin/true", arguments: ["true"],
            descriptors: [null])
        plan.registersMembarrier = true
        // A step that does not end: the pipe is full.
        try File.write(Array(repeating: 0, count: 1 << 16), to: pipe.write)
        plan.steps = [.write("x", to: pipe.write, path: "a full pipe")]
        let child = try plan.spawn()
        child.kill(Signal.kill)
        #expect(try await child.wait().exitCode == 128 + 9)
    }

    @Test("A program's table of descriptors has room for the Sentry's numbers from 256 on")
    func table() async throws {
        let script =
            "while read key value; do [ $key = FDSize: ] && exec test $value -ge 512; done </proc/self/status"
        #expect(try await status(of: ["/bin/sh", "-c", script]) == 0)
    }
}

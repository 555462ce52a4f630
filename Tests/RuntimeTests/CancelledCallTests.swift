import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// What the Sentry was asked for it does, whether the caller is still there or not; so the shim has to know of it.
@Suite("A request whose caller goes away", .requires(.root), .serialized, .timeLimit(.minutes(2)))
struct CancelledCallTests {
    /// In milliseconds after the request.
    private static let moments = [0, 1, 2, 4, 8, 16]

    /// Makes a request, and is not interested in its answer any more after `moment`.
    private func request<Result: Sendable>(
        leaving moment: Int, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let request = _Concurrency.Task { try await body() }
        try await Task.sleep(for: .milliseconds(moment))
        request.cancel()
        return try await request.value
    }

    @Test("to start a container is carried out", arguments: RunscRelease.underTest, moments)
    func start(_ release: RunscRelease, _ moment: Int) async throws {
        try await TestContainer.with(release, .init("sh", "-c", "exit 7"), starting: false) { test in
            try await request(leaving: moment) { try await test.container.start() }
            #expect(await test.container.wait().code == 7)
        }
    }

    @Test(
        "to start a container whose hook afterwards does not end leaves no hook behind",
        arguments: RunscRelease.underTest)
    func hook(_ release: RunscRelease) async throws {
        let seconds = "\(UInt32.random(in: 100_000 ... .max))"
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.edit = { spec, _ in
            spec["hooks"] = ["poststart": [["path": "/bin/sleep", "args": ["sleep", .string(seconds)]]]]
        }
        @Sendable func hooks() -> [ForeignProcess] {
            ForeignProcess.all { $0.contains(seconds) && $0.first == "sleep" }
        }
        try await TestContainer.with(release, recipe, starting: false) { test in
            let start = _Concurrency.Task { try await test.container.start() }
            try await withDeadline(.seconds(20), "the hook") {
                while hooks().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            }
            start.cancel()
            let ended = OneShot<Bool>()
            _Concurrency.Task { ended.report((try? await start.value) != nil) }
            let outcome = try? await withDeadline(.seconds(20), "the start") { try await ended.wait() }
            #expect(outcome == true)
            #expect(hooks().isEmpty)
            for hook in hooks() { hook.kill(Signal.kill) }
            #expect(try await test.container.status() == .running)
        }
    }

    @Test("to run a process, to pause or to end is carried out", arguments: RunscRelease.underTest)
    func running(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, .init("sleep", "1000")) { test in
            let container = test.container
            let spec = try OCI.Process.parse(Array(#"{"args":["/bin/sh","-c","exit 3"],"cwd":"/"}"#.utf8))
            for moment in Self.moments {
                let null = try File.open("/dev/null", [.readWrite])
                let stdio = GuestStdio.files(input: null, output: null, error: null)
                let pid = try await request(leaving: moment) {
                    try await container.exec(spec, stdio: stdio)
                }
                #expect(await container.waitExec(pid).code == 3)

                try await request(leaving: moment) { try await container.pause() }
                #expect(try await container.status() == .paused)
                try await request(leaving: moment) { try await container.resume() }
                #expect(try await container.status() == .running)
            }
            try await request(leaving: 0) { try await container.signal(Signal.kill, to: .initProcess) }
            #expect(await container.wait().code == 137)
        }
    }
}

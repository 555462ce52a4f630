import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("A SIGKILL to what is paused", .requires(.root), .serialized, .timeLimit(.minutes(2)))
struct PausedKillTests {
    /// Less than what a Sentry has to end a container before it is killed itself.
    private static let limit = Duration.seconds(5)

    @Test("ends a container, whoever has paused it", arguments: RunscRelease.underTest, [false, true])
    func root(_ release: RunscRelease, _ byOperator: Bool) async throws {
        try await TestContainer.with(release, .init("sleep", "1000")) { test in
            if byOperator {
                _ = try await test.stock("pause", test.id).checked()
            } else {
                try await test.container.pause()
            }
            try await test.container.signal(Signal.kill, to: .initProcess)
            let exit = try await withDeadline(Self.limit, "the end") { await test.container.wait() }
            #expect(exit.code == 137)
        }
    }

    /// As Docker does it; a Sentry of 2024 panics when it is continued twice.
    @Test(
        "ends a container that is continued by its caller as well, at any moment",
        arguments: RunscRelease.underTest)
    func resumed(_ release: RunscRelease) async throws {
        for moment in [0, 0, 1, 2, 5, 10] {
            try await TestContainer.with(release, .init("sh", "-c", "while :; do :; done")) { test in
                try await test.container.pause()
                try await test.container.signal(Signal.kill, to: .initProcess)
                try await Task.sleep(for: .milliseconds(moment))
                // It may be gone by then.
                try? await test.container.resume()
                let exit = try await withDeadline(Self.limit, "the end") { await test.container.wait() }
                #expect(exit.code == 137)
                let sandbox = try #require(test.container as? RunscContainer).sandbox
                _ = try await sandbox.boot.wait()
                #expect(!sandbox.reason.contains("panic"), "\(sandbox.reason)")
            }
        }
    }

    @Test("ends a container of a pod, whose others are paused again", arguments: RunscRelease.underTest)
    func member(_ release: RunscRelease) async throws {
        try await TestContainer.with(
            release, .init("sh", "-c", "while :; do echo x; busybox usleep 10000; done")
        ) {
            root in
            let bundle = try TestBundle(
                args: ["sleep", "1000"],
                annotations: [
                    "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": root.id,
                ])
            let null = try File.open("/dev/null", [.readWrite])
            let member = try await root.runsc.create(
                CreateRequest(
                    id: "m-\(root.id)", bundle: bundle.path,
                    stdio: .files(input: null, output: null, error: null)))
            let outcome = await _Concurrency.Task {
                try await member.start()
                try await root.container.pause()
                try await member.signal(Signal.kill, to: .all)
                let exit = try await withDeadline(Self.limit, "the end") { await member.wait() }
                #expect(exit.code == 137)
                #expect(try await root.container.status() == .paused)
                // The pause follows the end at once; then nothing comes any more.
                try await withDeadline(Self.limit, "the silence") {
                    while (try? await withDeadline(.milliseconds(300), "a line", { try await root.lines() }))
                        != nil
                    {}
                }
                try await root.container.resume()
                _ = try await root.lines()
            }.result
            try await member.destroy()
            try outcome.get()
        }
    }
}

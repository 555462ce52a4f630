import OCI
import Runtime
import Sys
import TestSupport
import Testing

@Suite("Checkpoint and restore", .serialized, .timeLimit(.minutes(3)))
struct CheckpointTests {
    /// Counts for ever, a line for each number; the number is in the process's memory and in a file as well.
    ///
    /// With an image goes its root file system: what a container writes there without an overlay is no part of
    /// the image, not even the mount points that the Sentry makes.
    private static func counter(
        _ checkpoint: String? = nil, rootfs: String = "rootfs"
    ) -> TestContainer.Recipe {
        var recipe = TestContainer.Recipe(
            "sh", "-c",
            "i=0; while :; do i=$((i+1)); echo $i > /tmp/last; echo $i; busybox usleep 20000; done")
        recipe.checkpoint = checkpoint
        recipe.edit = { spec, _ in
            spec["root"] = ["path": .string(rootfs)]
            spec["mounts"] = .array(
                (spec["mounts"]?.array ?? []) + [["destination": "/tmp", "type": "tmpfs", "source": "tmpfs"]])
        }
        return recipe
    }

    /// The releases that can do more than the oldest.
    private static let newer = RunscRelease.underTest.filter { $0 != .r22 }

    /// The numbers that a counter prints now, until `end` is among them or exceeded.
    private func count(_ test: TestContainer, to end: Int) async throws -> [Int] {
        try await test.lines { lines in (lines.last.flatMap(Int.init) ?? 0) >= end }.compactMap(Int.init)
    }

    @Test("a counter goes on from where it was saved", arguments: RunscRelease.underTest, [false, true])
    func restores(_ release: RunscRelease, _ pausedBefore: Bool) async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(release, Self.counter()) { test in
            let before = try await count(test, to: 5)
            if pausedBefore { try await test.container.pause() }
            try await test.container.checkpoint(to: image.path, leaveRunning: false)
            // All processes end with the success.
            let exit = await test.container.wait()
            #expect(exit.code == (pausedBefore ? 137 : 0))
            // What was printed before the save is not printed again, and nothing is left out.
            let saved = (before + (try await count(test, to: .max))).last ?? 0
            try await TestContainer.with(release, Self.counter(image.path, rootfs: test.rootfs)) { test in
                let numbers = try await count(test, to: saved + 5)
                #expect(numbers == Array(saved + 1..<saved + 1 + numbers.count))
                let file = try await test.exec("cat", "/tmp/last")
                #expect(Int(file.output.dropLast()) ?? 0 > saved, "\(file)")
                try await test.container.signal(Signal.terminate, to: .initProcess)
                #expect(await test.container.wait().code == 143)
            }
        }
    }

    @Test(
        "what is saved for a caller that goes away is not lost", arguments: RunscRelease.underTest,
        [0, 4, 16])
    func callerLeaves(_ release: RunscRelease, _ milliseconds: Int) async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(release, Self.counter()) { test in
            let before = try await count(test, to: 5)
            let request = _Concurrency.Task {
                try await test.container.checkpoint(to: image.path, leaveRunning: false)
            }
            try await Task.sleep(for: .milliseconds(milliseconds))
            request.cancel()
            try await request.value
            #expect(await test.container.wait().code == 0)
            let saved = (before + (try await count(test, to: .max))).last ?? 0
            try await TestContainer.with(release, Self.counter(image.path, rootfs: test.rootfs)) { test in
                let first = try await count(test, to: 1).first
                #expect(first == saved + 1)
            }
        }
    }

    @Test("what was written to an overlaid root is in the image", arguments: newer)
    func keepsOverlay(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(release, Self.counter()) { test in
            #expect(try await test.exec("sh", "-c", "echo kept > /etc/note").code == 0)
            try await test.container.checkpoint(to: image.path, leaveRunning: false)
        }
        try await TestContainer.with(release, Self.counter(image.path)) { test in
            let note = try await test.exec("cat", "/etc/note")
            #expect(note.output == "kept\n")
        }
    }

    @Test("a sandbox that is left running goes on, as does its copy", arguments: newer)
    func leavesRunning(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(release, Self.counter()) { test in
            let before = try #require(try await count(test, to: 5).last)
            try await test.container.checkpoint(to: image.path, leaveRunning: true)
            _ = try await count(test, to: before + 50)
            #expect(try await test.container.status() == .running)
            try await TestContainer.with(release, Self.counter(image.path)) { copy in
                let first = try #require(try await count(copy, to: before).first)
                #expect(first >= before)
            }
        }
    }

    @Test("the older release cannot leave it running, and says so")
    func cannotLeaveRunning() async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(.r22, Self.counter()) { test in
            let error = await #expect(throws: RuntimeError.self) {
                try await test.container.checkpoint(to: image.path, leaveRunning: true)
            }
            #expect(error?.kind == .unsupported)
            #expect(
                error?.message.hasSuffix("not supported by runsc 0.0~20221219.0") == true, "\(error as Any)")
            #expect(try Directory.list(image.path) == [])
            _ = try await count(test, to: 5)
        }
    }

    @Test("a second image does not replace the first", arguments: RunscRelease.underTest)
    func keepsImages(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        try image.write("precious", to: "checkpoint.img")
        try await TestContainer.with(release, Self.counter()) { test in
            let error = await #expect(throws: RuntimeError.self) {
                try await test.container.checkpoint(to: image.path, leaveRunning: false)
            }
            #expect(error?.kind == .alreadyExists)
            #expect(try File.readText(image.path("checkpoint.img")) == "precious")
            _ = try await count(test, to: 5)
        }
    }

    @Test("another release's image is refused by name", arguments: RunscRelease.underTest)
    func refusesOthers(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(release, Self.counter()) { test in
            _ = try await count(test, to: 1)
            try await test.container.checkpoint(to: image.path, leaveRunning: false)
        }
        let other: RunscRelease = release == .r24 ? .r22 : .r24
        let error = await #expect(throws: RuntimeError.self) {
            try await TestContainer.with(other, Self.counter(image.path)) { _ in }
        }
        #expect(error?.kind == .failedPrecondition)
        func version(_ release: RunscRelease) async throws -> String {
            let line = try await run(release.program, ["--version"]).checked().lines.first ?? ""
            return line.replacing("runsc version ", with: "")
        }
        let (saved, installed) = (try await version(release), try await version(other))
        #expect(
            error?.message.contains(
                "saved by runsc \(saved) and cannot be restored by runsc \(installed)") == true,
            "\(error as Any)")
    }

    @Test("what is no image is refused before anything is made", arguments: RunscRelease.underTest)
    func refusesRubbish(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        func error() async -> RuntimeError? {
            await #expect(throws: RuntimeError.self) {
                try await TestContainer.with(release, Self.counter(image.path)) { _ in }
            }
        }
        #expect(await error()?.kind == .notFound)
        for content in ["", "gVisorSF", "something else that is longer than a header"] {
            try image.write(content, to: "checkpoint.img")
            #expect(await error()?.kind == .invalid)
        }
    }

    @Test("a restore that fails says why, and leaves nothing", arguments: RunscRelease.underTest)
    func failsCleanly(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        try await TestContainer.with(release, Self.counter()) { test in
            _ = try await count(test, to: 1)
            try await test.container.checkpoint(to: image.path, leaveRunning: false)
        }
        let path = image.path("checkpoint.img")
        let bytes = try File.read(path, limit: 1 << 30)
        try File.writeAtomically(Array(bytes.prefix(bytes.count / 2)), to: path, mode: 0o644)
        try await TestContainer.with(release, Self.counter(image.path), starting: false) { test in
            let error = await #expect(throws: (any Error).self) { try await test.container.start() }
            #expect("\(error as Any)".contains("restore from \(image.path): container \(test.id)"))
            #expect(await test.container.wait().code == 137)
        }
    }

    @Test(
        "an image of the stock tool is restored, with page files as well",
        arguments: newer, ["none", "flate-best-speed"])
    func restoresStock(_ release: RunscRelease, _ compression: String) async throws {
        let image = try TemporaryDirectory("restore-image")
        let saved = try await TestContainer.with(release, Self.counter()) { test in
            let before = try await count(test, to: 5)
            _ = try await test.stock(
                "checkpoint", "--image-path", image.path, "--compression", compression, test.id
            ).checked()
            _ = await test.container.wait()
            return (before + (try await count(test, to: .max))).last
        }
        #expect(try Directory.list(image.path).count == (compression == "none" ? 3 : 1))
        let last = try #require(saved)
        try await TestContainer.with(release, Self.counter(image.path)) { test in
            let first = try await count(test, to: 1).first
            #expect(first == last + 1)
        }
    }
}

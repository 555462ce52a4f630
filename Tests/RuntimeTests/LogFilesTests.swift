import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// The files of the host that gofer and Sentry write to though they see none of them.
@Suite("Logs and profiles", .serialized, .timeLimit(.minutes(2)))
struct LogFilesTests {
    private static func recipe(_ launched: Launched, _ flags: [String: String]) -> TestContainer.Recipe {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.launchPath = launched.path
        recipe.flags = flags
        return recipe
    }

    private func text(_ directory: String, _ suffix: String) throws -> String {
        let name = try #require(try Directory.list(directory).first { $0.hasSuffix(suffix) })
        return try File.readText("\(directory)/\(name)", limit: 16 << 20)
    }

    @Test("each process has its debug log", arguments: Launched.underTest, ["true", "false"])
    func debugLog(_ launched: Launched, _ directFS: String) async throws {
        let place = try TemporaryDirectory("restore-logs")
        // A directory that is made when it is needed; a name that tells the containers apart.
        var flags = ["debug": "true", "debug-log": place.path("deep/er/"), "log": place.path("%CID%.log")]
        if launched != .r22 { flags["directfs"] = directFS }
        try await TestContainer.with(launched.release, Self.recipe(launched, flags)) { test in
            #expect(try await test.exec("echo", "inside").output == "inside\n")
            let gofer = try text(place.path("deep/er"), ".gofer.txt")
            #expect(gofer.contains("runsc-gofer"))
            let boot = try text(place.path("deep/er"), ".boot.txt")
            #expect(boot.contains("containerManager.ExecuteAsync"), "\(boot.suffix(500))")
            #expect(File.exists(place.path("\(test.id).log")))
        }
    }

    @Test(
        "debug-command says which, and the other keeps its standard error to itself",
        arguments: Launched.underTest)
    func debugCommand(_ launched: Launched) async throws {
        let place = try TemporaryDirectory("restore-logs")
        let flags = ["debug": "true", "debug-log": place.path("only-%COMMAND%"), "debug-command": "!boot"]
        try await TestContainer.with(launched.release, Self.recipe(launched, flags)) { test in
            #expect(try await test.exec("echo", "inside").code == 0)
            let names = try Directory.list(place.path)
            #expect(names == ["only-gofer"])
        }
    }

    @Test("a profile of the Sentry is written", arguments: Launched.underTest)
    func profile(_ launched: Launched) async throws {
        let place = try TemporaryDirectory("restore-logs")
        let flags = ["profile": "true", "profile-heap": place.path("heap")]
        try await TestContainer.with(launched.release, Self.recipe(launched, flags)) { test in
            try await test.container.signal(Signal.terminate, to: .initProcess)
            #expect(await test.container.wait().code == 143)
        }
        // What the profiler writes is a compressed file.
        let bytes = try File.read(place.path("heap"), limit: 16 << 20)
        #expect(bytes.starts(with: [0x1f, 0x8b]))
    }

    @Test("a log that cannot be opened is named", arguments: Launched.underTest)
    func refused(_ launched: Launched) async throws {
        let flags = ["debug-log": "/proc/no-such/log"]
        let error = await #expect(throws: RuntimeError.self) {
            try await TestContainer.with(launched.release, Self.recipe(launched, flags)) { _ in }
        }
        let text = "\(error as Any)"
        #expect(text.contains("debug-log") && text.contains("/proc/no-such"), "\(text)")
    }
}

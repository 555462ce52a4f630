import Foundation
import OCI
import Sys
import TestSupport
import Testing

@Suite("Masked and read-only paths", .serialized, .timeLimit(.minutes(3)))
struct ProtectedPathsTests {
    /// A container that waits, with these paths, and with a mount of `volume` at /data.
    private static func recipe(
        _ launched: Launched, masked: [String] = [], readOnly: [String] = [], volume: String? = nil
    ) -> TestContainer.Recipe {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.launchPath = launched.path
        recipe.edit = { spec, bundle in
            for (path, content) in [("etc/secret", "secret"), ("etc/more/file", "more")] {
                let file = URL(filePath: "\(bundle)/rootfs/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(content.utf8).write(to: file)
            }
            try FileManager.default.createSymbolicLink(
                atPath: "\(bundle)/rootfs/link", withDestinationPath: "../../etc/secret")
            try FileManager.default.createSymbolicLink(
                atPath: "\(bundle)/rootfs/out", withDestinationPath: "/../../../etc/passwd")
            spec[["linux", "maskedPaths"]] = JSONValue(masked)
            spec[["linux", "readonlyPaths"]] = JSONValue(readOnly)
            guard let volume else { return }
            let mount: JSONValue = [
                "type": "bind", "source": .string(volume), "destination": "/data",
                "options": ["rbind", "rw"],
            ]
            spec["mounts"] = .array((spec["mounts"]?.array ?? []) + [mount])
        }
        return recipe
    }

    @Test("a masked file cannot be read, a masked directory is empty", arguments: Launched.underTest)
    func masked(_ launched: Launched) async throws {
        // Without the paths the same words show what is there.
        for isMasked in [false, true] {
            let paths =
                isMasked ? ["/link", "/etc/more", "/missing", "/out", "/proc/kcore"] : []
            let recipe = Self.recipe(launched, masked: paths)
            try await TestContainer.with(launched.release, recipe) { test in
                let read = try await test.exec("sh", "-c", "cat /etc/secret /etc/more/* 2>&1")
                #expect((read.code == 0 && read.output == "secretmore") != isMasked, "\(read)")
                #expect(read.output.contains("secret") != isMasked, "\(read)")
                let write = try await test.exec("sh", "-c", "echo > /etc/more/new")
                #expect((write.code == 0) != isMasked, "\(write)")
                let version = try await test.exec("cat", "/proc/version")
                #expect(version.code == 0, "\(version)")
            }
        }
    }

    @Test("a read-only path can be read and not written", arguments: Launched.underTest)
    func readOnly(_ launched: Launched) async throws {
        for isReadOnly in [false, true] {
            let paths = isReadOnly ? ["/etc/more", "/link", "/missing", "/proc/sys"] : []
            let recipe = Self.recipe(launched, readOnly: paths)
            try await TestContainer.with(launched.release, recipe) { test in
                let read = try await test.exec("cat", "/etc/more/file", "/etc/secret")
                #expect(read.output == "moresecret", "\(read)")
                for file in ["/etc/more/new", "/etc/more/file", "/etc/secret"] {
                    let write = try await test.exec("sh", "-c", "echo x >> \(file)")
                    #expect((write.code == 0) != isReadOnly, "\(file): \(write)")
                }
                let beside = try await test.exec("sh", "-c", "echo x > /etc/beside")
                #expect(beside.code == 0, "\(beside)")
            }
        }
    }

    @Test("a volume is protected where it is mounted", arguments: Launched.underTest)
    func inAVolume(_ launched: Launched) async throws {
        let volume = try TemporaryDirectory("protected")
        for name in ["hidden", "kept", "free"] { try Directory.make(volume.path(name), mode: 0o755) }
        try volume.write("text", to: "hidden/file")
        let recipe = Self.recipe(
            launched, masked: ["/data/hidden"], readOnly: ["/data/kept", "/etc"], volume: volume.path)
        try await TestContainer.with(launched.release, recipe) { test in
            let read = try await test.exec("cat", "/data/hidden/file")
            #expect(read.code != 0, "\(read)")
            for (directory, isFree) in [("/data/kept", false), ("/etc", false), ("/data/free", true)] {
                let write = try await test.exec("sh", "-c", "echo > \(directory)/new")
                #expect((write.code == 0) == isFree, "\(directory): \(write)")
            }
        }
        #expect(try Directory.list(volume.path("kept")).isEmpty)
        #expect(try Directory.list(volume.path("free")) == ["new"])
    }
}

import Foundation
import Glibc
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// How a release is launched: the first stage by us, or by runsc itself.
enum Launched: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case r22, r24Direct, r24Staged, head

    var release: RunscRelease {
        switch self {
        case .r22: .r22
        case .r24Direct, .r24Staged: .r24
        case .head: .head
        }
    }
    var path: LaunchPath { self == .r24Staged ? .staged : .automatic }
    var testDescription: String { rawValue }

    static let underTest = allCases.filter { RunscRelease.underTest.contains($0.release) }
}

@Suite("The file system of a container", .serialized, .timeLimit(.minutes(3)))
struct FilesystemTests {
    /// A container that waits, with further mounts and flags.
    private static func recipe(
        _ launched: Launched, _ flags: [String: String] = [:], mounts: [JSONValue] = []
    ) -> TestContainer.Recipe {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.flags = flags
        recipe.launchPath = launched.path
        recipe.edit = { spec, _ in spec["mounts"] = .array((spec["mounts"]?.array ?? []) + mounts) }
        return recipe
    }

    private static func bind(_ source: String, _ destination: String, _ options: String...) -> JSONValue {
        [
            "type": "bind", "source": .string(source), "destination": .string(destination),
            "options": JSONValue(["rbind"] + options),
        ]
    }

    struct Overlay: Sendable, CustomTestStringConvertible {
        let launched: Launched
        let overlay: String
        var directFS: String?
        /// Whether what is written to the root and to a bind mount reaches the host.
        let root: Bool
        let bind: Bool

        var testDescription: String { "\(launched) \(overlay) directfs=\(directFS ?? "-")" }

        static let cases: [Overlay] =
            Launched.underTest.filter { $0 != .r22 }.flatMap { launched in
                ["true", "false"].flatMap { directFS in
                    [
                        ("none", true, true), ("root:memory", false, true), ("root:self", false, true),
                        ("root:dir=/tmp", false, true), ("all:self", false, false),
                        ("all:memory", false, false),
                    ].map {
                        Overlay(launched: launched, overlay: $0.0, directFS: directFS, root: $0.1, bind: $0.2)
                    }
                }
            }
            + [
                ("none", true, true), ("root:memory", false, true), ("root:/tmp", false, true),
                ("all:memory", false, false),
            ].map { Overlay(launched: .r22, overlay: $0.0, root: $0.1, bind: $0.2) }
    }

    @Test("what is written goes where the overlay says", arguments: Overlay.cases)
    func overlays(_ it: Overlay) async throws {
        let data = try TemporaryDirectory("restore-data")
        var flags = ["overlay2": it.overlay]
        if let directFS = it.directFS { flags["directfs"] = directFS }
        let recipe = Self.recipe(it.launched, flags, mounts: [Self.bind(data.path, "/data", "rw")])
        try await TestContainer.with(it.launched.release, recipe) { test in
            let written = try await test.exec(
                "sh", "-c", "echo root > /etc/new && echo data > /data/new && cat /etc/new /data/new")
            #expect(written.code == 0 && written.output == "root\ndata\n", "\(written)")
            #expect(File.exists("\(test.rootfs)/etc/new") == it.root)
            #expect(File.exists(data.path("new")) == it.bind)
            let isSelf = it.overlay.hasSuffix(":self")
            #expect(File.exists("\(test.rootfs)/.gvisor.filestore.\(test.id)") == isSelf)
            #expect(File.exists(data.path(".gvisor.filestore.\(test.id)")) == (it.overlay == "all:self"))
        }
        #expect(try Directory.list(data.path) == (it.bind ? ["new"] : []))
    }

    @Test("an overlay that the release does not know is refused by name", arguments: RunscRelease.underTest)
    func unknownOverlay(_ release: RunscRelease) async throws {
        var recipe = TestContainer.Recipe("true")
        recipe.flags = ["overlay2": release == .r22 ? "root:self" : "root:/tmp"]
        let error = await #expect(throws: RuntimeError.self) {
            try await TestContainer.with(release, recipe) { _ in }
        }
        #expect(error?.message.contains("not supported by runsc ") == true, "\(error as Any)")
    }

    @Test("a file that a killed sandbox left is replaced")
    func staleFilestore() async throws {
        let data = try TemporaryDirectory("restore-data")
        let id = "t\(UInt32.random(in: 0 ... .max))"
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.id = id
        recipe.flags = ["overlay2": "all:self"]
        recipe.edit = { spec, bundle in
            spec["mounts"] = [Self.bind(data.path, "/data")]
            for directory in [data.path, bundle + "/rootfs"] {
                try File.writeAtomically(
                    Array("stale".utf8), to: "\(directory)/.gvisor.filestore.\(id)", mode: 0o600)
            }
        }
        try await TestContainer.with(.r24, recipe) { test in
            let written = try await test.exec("sh", "-c", "echo new > /data/x && echo new > /etc/x")
            #expect(written.code == 0)
        }
        #expect(try Directory.list(data.path) == [])
    }

    @Test("a mount that is read-only is, one of memory is the sandbox's", arguments: Launched.underTest)
    func readOnlyAndMemory(_ launched: Launched) async throws {
        let data = try TemporaryDirectory("restore-data")
        try data.write("old", to: "file")
        let recipe = Self.recipe(
            launched,
            mounts: [
                Self.bind(data.path, "/ro", "ro"), Self.bind(data.path, "/rro", "rro"),
                Self.bind(data.path("file"), "/etc/one", "ro"),
                ["type": "tmpfs", "source": "tmpfs", "destination": "/memory", "options": ["size=1048576"]],
            ])
        try await TestContainer.with(launched.release, recipe) { test in
            #expect(try await test.exec("cat", "/ro/file", "/etc/one").output == "oldold")
            for command in [
                "echo x > /ro/file", "echo x > /ro/new", "echo x > /rro/new", "echo x > /etc/one",
            ] {
                let refused = try await test.exec("sh", "-c", command)
                #expect(refused.code != 0 && refused.output.contains("Read-only"), "\(command): \(refused)")
                // R24 empties the file before it refuses. Where the root is ours to build, the host's kernel refuses first.
                if launched == .r24Staged { try data.write("old", to: "file") }
                #expect(try File.readText(data.path("file")) == "old", "\(command)")
            }
            #expect(try await test.exec("sh", "-c", "echo x > /memory/new").code == 0)
            #expect(try Directory.list("\(test.rootfs)").contains("memory") || launched != .r22)
            #expect(!File.exists("\(test.rootfs)/memory/new"))
        }
        #expect(try File.readText(data.path("file")) == "old")
        #expect(try Directory.list(data.path) == ["file"])
    }

    @Test(
        "links in a destination are followed inside the root and never out of it",
        arguments: Launched.underTest)
    func links(_ launched: Launched) async throws {
        let data = try TemporaryDirectory("restore-data")
        try data.write("mounted", to: "file")
        let outside = try TemporaryDirectory("restore-outside")
        var recipe = Self.recipe(
            launched,
            mounts: [
                Self.bind(data.path, "/absolute/a"), Self.bind(data.path, "/climbing/b"),
                Self.bind(data.path("file"), "/chain/c"),
            ])
        let edit = recipe.edit
        recipe.edit = { spec, bundle in
            try edit(&spec, bundle)
            for (name, target) in [
                ("absolute", outside.path), ("climbing", "../../../../../.." + outside.path),
                ("chain", "climbing"),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(bundle)/rootfs/\(name)", withDestinationPath: target)
            }
        }
        try await TestContainer.with(launched.release, recipe) { test in
            let inside = outside.path
            let read = try await test.exec("cat", "\(inside)/a/file", "\(inside)/b/file", "/chain/c")
            #expect(read.output == "mountedmountedmounted", "\(read)")
            // The host's directory of that name has nothing to do with it.
            #expect(try Directory.list(outside.path) == [])
        }
        #expect(try Directory.list(outside.path) == [])
    }

    @Test(
        "a volume may have its mount point in another, and links in that one lead to the container's files",
        arguments: Launched.underTest)
    func volumesInVolumes(_ launched: Launched) async throws {
        let (volume, data) = (try TemporaryDirectory("volume"), try TemporaryDirectory("restore-data"))
        try data.write("mounted", to: "file")
        try FileManager.default.createSymbolicLink(
            atPath: volume.path("link"), withDestinationPath: "/linked")
        var recipe = Self.recipe(
            launched,
            mounts: [
                Self.bind(volume.path, "/data"), Self.bind(data.path("file"), "/data/file"),
                Self.bind(data.path, "/data/a/b"), Self.bind(data.path, "/data/link/c"),
            ])
        let edit = recipe.edit
        recipe.edit = { spec, bundle in
            try edit(&spec, bundle)
            spec[["process", "cwd"]] = "/data/work"
        }
        try await TestContainer.with(launched.release, recipe) { test in
            let read = try await test.exec("cat", "/data/file", "/data/a/b/file", "/linked/c/file")
            #expect(read.output == "mountedmountedmounted", "\(read)")
        }
        // Where they are mounted is made in the volume, as every runtime does it.
        #expect(try Directory.list(volume.path).sorted() == ["a", "file", "link", "work"])
        #expect(try File.readText(volume.path("file")) == "")
    }

    @Test("a hundred mounts", arguments: Launched.underTest)
    func manyMounts(_ launched: Launched) async throws {
        let data = try TemporaryDirectory("restore-data")
        let names = (0..<100).map { "m\($0)" }
        for name in names { try data.write(name, to: "\(name)/file") }
        let recipe = Self.recipe(launched, mounts: names.map { Self.bind(data.path($0), "/mnt/\($0)") })
        try await TestContainer.with(launched.release, recipe) { test in
            let read = try await test.exec("sh", "-c", "for i in /mnt/m*; do cat $i/file; echo; done")
            #expect(Set(read.output.split(separator: "\n").map(String.init)) == Set(names))
        }
    }

    /// Changes the recipe so that root is this user of the host.
    private static func map(_ recipe: inout TestContainer.Recipe, _ namespace: JSONValue, id: Int? = 100_000)
    {
        let edit = recipe.edit
        recipe.edit = { spec, bundle in
            try edit(&spec, bundle)
            // The container's root has no power over the host's, also not to make a mount point.
            try Directory.make(bundle + "/rootfs/data", mode: 0o755)
            if let id {
                let mapping: JSONValue = [["containerID": 0, "hostID": JSONValue(id), "size": 65_536]]
                spec[["linux", "uidMappings"]] = mapping
                spec[["linux", "gidMappings"]] = mapping
            }
            spec[["linux", "namespaces"]] = .array(
                (spec[["linux", "namespaces"]]?.array ?? []) + [namespace])
        }
    }

    private static func expectMapped(_ test: TestContainer, _ data: TemporaryDirectory) async throws {
        let inside = try await test.exec("sh", "-c", "busybox id -u && echo mine > /data/new")
        #expect(inside.code == 0 && inside.output == "0\n", "\(inside)")
        var status = stat()
        #expect(stat(data.path("new"), &status) == 0)
        #expect(status.st_uid == 100_000 && status.st_gid == 100_000)
        try File.remove(data.path("new"))
        let uids = try File.readText("/proc/\(test.container.pid)/uid_map").split(separator: " ")
        #expect(uids.contains("100000") || test.release == .r22)
    }

    @Test(
        "a user namespace of the spec maps the files' owners, one with a path as well",
        arguments: Launched.underTest,
        [["type": "user"], ["type": "user", "path": "/run/pinned"]] as [JSONValue])
    func userNamespace(_ launched: Launched, _ namespace: JSONValue) async throws {
        let data = try TemporaryDirectory("restore-data")
        try #require(chown(data.path, 100_000, 100_000) == 0)
        var recipe = Self.recipe(launched, mounts: [Self.bind(data.path, "/data")])
        Self.map(&recipe, namespace)
        try await TestContainer.with(launched.release, recipe) { test in
            try await Self.expectMapped(test, data)
            // The older release's Sentry is in a namespace that maps nobody but itself.
            guard launched != .r22 else { return }
            var other = Self.recipe(launched, mounts: [Self.bind(data.path, "/data")])
            Self.map(
                &other, ["type": "user", "path": .string("/proc/\(test.container.pid)/ns/user")], id: nil)
            try await TestContainer.with(launched.release, other) { try await Self.expectMapped($0, data) }
        }
    }

    @Test("a user namespace of unknown mappings is refused by name")
    func unknownUserNamespace() async throws {
        var recipe = Self.recipe(.r24Direct)
        Self.map(&recipe, ["type": "user", "path": "/run/pinned"], id: nil)
        let error = await #expect(throws: RuntimeError.self) {
            try await TestContainer.with(.r24, recipe) { _ in }
        }
        #expect(error?.message.contains("user namespace /run/pinned without mappings") == true)
    }
}

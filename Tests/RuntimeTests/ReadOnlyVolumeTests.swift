import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("Read-only volumes with further file systems in them", .serialized, .timeLimit(.minutes(3)))
struct ReadOnlyVolumeTests {
    /// A directory with file systems of memory mounted in it, unmounted at the end.
    private static func withMounts(
        _ places: [(name: String, flags: MountFlags)], _ body: (TemporaryDirectory) async throws -> Void
    ) async throws {
        let data = try TemporaryDirectory("read-only")
        var mounted: [String] = []
        defer { for place in mounted.reversed() { try? Mount.unmountAll(place) } }
        for (name, _) in places {
            let place = data.path(name)
            try Directory.make(place, mode: 0o755)
            try Mount.mount(source: "tmpfs", target: place, type: "tmpfs", flags: [])
            mounted.append(place)
            try data.write(name, to: "\(name)/file")
        }
        for (name, flags) in places where flags != [] {
            try Mount.mount(
                source: nil, target: data.path(name), type: nil, flags: flags.union([.remount, .bind]))
        }
        try await body(data)
    }

    private static func recipe(_ launched: Launched, _ flags: [String: String] = [:], mounts: [JSONValue])
        -> TestContainer.Recipe
    {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.launchPath = launched.path
        recipe.flags = flags
        recipe.edit = { spec, _ in spec["mounts"] = .array((spec["mounts"]?.array ?? []) + mounts) }
        return recipe
    }

    private static func bind(_ source: String, _ destination: String, _ options: String...) -> JSONValue {
        [
            "type": "bind", "source": .string(source), "destination": .string(destination),
            "options": JSONValue(options),
        ]
    }

    @Test("\"ro\" is the volume alone, \"rro\" also what is mounted below it", arguments: Launched.underTest)
    func recursion(_ launched: Launched) async throws {
        try await Self.withMounts([
            ("in/sub", []), ("in/sub/frozen", .readOnly), ("in/sub/frozen/deep", []), ("in/noexec", .noExec),
        ]) { data in
            let source = data.path("in")
            try data.write("top", to: "in/file")
            let recipe = Self.recipe(
                launched,
                mounts: [
                    Self.bind(source, "/ro", "rbind", "ro", "rprivate"),
                    Self.bind(source, "/rro", "rbind", "rro"),
                ])
            try await TestContainer.with(launched.release, recipe) { test in
                let read = try await test.exec(
                    "cat", "/ro/file", "/ro/sub/file", "/ro/sub/frozen/file", "/rro/sub/file")
                #expect(read.output == "topin/subin/sub/frozenin/sub", "\(read)")
                for place in ["sub", "sub/frozen/deep", "noexec"] {
                    let written = try await test.exec("sh", "-c", "echo x > /ro/\(place)/new")
                    #expect(written.code == 0, "\(place): \(written)")
                    #expect(try File.readText("\(source)/\(place)/new") == "x\n")
                }
                for place in [
                    "ro", "ro/sub/frozen", "rro", "rro/sub", "rro/sub/frozen/deep",
                ] {
                    let refused = try await test.exec("sh", "-c", "echo x > /\(place)/refused")
                    #expect(
                        refused.code != 0 && refused.output.contains("Read-only"), "\(place): \(refused)")
                }
            }
            for place in ["", "/sub", "/sub/frozen", "/sub/frozen/deep"] {
                #expect(!File.exists("\(source)\(place)/refused"))
            }
        }
    }

    @Test("what the spec itself mounts in the volume stays on top", arguments: Launched.underTest)
    func hidden(_ launched: Launched) async throws {
        try await Self.withMounts([("in/sub", []), ("in/other", [])]) { data in
            try Directory.make(data.path("own"), mode: 0o755)
            try data.write("own", to: "own/file")
            let recipe = Self.recipe(
                launched,
                mounts: [
                    Self.bind(data.path("in"), "/ro/", "rbind", "ro"),
                    Self.bind(data.path("own"), "/ro/sub", "rbind", "ro"),
                ])
            try await TestContainer.with(launched.release, recipe) { test in
                let read = try await test.exec("cat", "/ro/sub/file")
                #expect(read.output == "own", "\(read)")
                let refused = try await test.exec("sh", "-c", "echo > /ro/sub/new")
                #expect(refused.code != 0, "\(refused)")
                let written = try await test.exec("sh", "-c", "echo > /ro/other/new")
                #expect(written.code == 0, "\(written)")
            }
        }
    }

    @Test("an overlay of all mounts keeps what is written below one, too")
    func overlaid() async throws {
        try await Self.withMounts([("in/sub", [])]) { data in
            let recipe = Self.recipe(
                .r24Direct, ["overlay2": "all:memory"],
                mounts: [Self.bind(data.path("in"), "/ro", "rbind", "ro")])
            try await TestContainer.with(.r24, recipe) { test in
                let written = try await test.exec("sh", "-c", "echo x > /ro/sub/new; cat /ro/sub/new")
                #expect(written.output == "x\n", "\(written)")
                #expect(!File.exists(data.path("in/sub/new")))
            }
        }
    }

    @Test("an overlay over what the host has read-only is kept in memory")
    func overlaidReadOnly() async throws {
        try await Self.withMounts([("in", .readOnly)]) { data in
            let recipe = Self.recipe(
                .r24Direct, ["overlay2": "all:self"],
                mounts: [Self.bind(data.path("in"), "/data", "rbind", "rw")])
            try await TestContainer.with(.r24, recipe) { test in
                let written = try await test.exec("sh", "-c", "echo x > /data/new; cat /data/new /data/file")
                #expect(written.output == "x\nin", "\(written)")
            }
            #expect(try Directory.list(data.path("in")) == ["file"])
        }
    }

    @Test("too many are all read-only, and so are the kernel's own")
    func bounded() throws {
        let names = (0..<65).map { "m\($0)" }
        func document(_ source: String) throws -> SpecDocument {
            var document = try SpecDocument(parsing: Array("{}".utf8))
            try document.replaceMounts([Self.bind(source, "/ro", "rbind", "ro")])
            return document
        }
        // /dev has file systems of memory and of the kernel's in it.
        var ofHost = try document("/dev")
        try ofHost.mountBelowReadOnlyVolumes { _ in true }
        #expect(!ofHost.spec.mounts.contains { $0.source == "/dev/pts" })
        let data = try TemporaryDirectory("read-only")
        defer { for name in names { try? Mount.unmountAll(data.path(name)) } }
        for (index, name) in names.enumerated() {
            try Directory.make(data.path(name), mode: 0o755)
            try Mount.mount(source: "tmpfs", target: data.path(name), type: "tmpfs", flags: [])
            var few = try document(data.path)
            try few.mountBelowReadOnlyVolumes { _ in true }
            #expect(few.spec.mounts.count == (index < 64 ? index + 2 : 1))
        }
        var own = try document(data.path)
        try own.mountBelowReadOnlyVolumes { $0 != data.path }
        #expect(own.spec.mounts.count == 1)
    }

    @Test("what is hidden by another mount is not seen, blanks in names are")
    func table() {
        let table = MountTable(
            """
            1 0 0:1 / / rw - ext4 /dev/a rw
            2 1 0:2 / /v/a\\040b rw,noexec shared:1 - tmpfs  rw
            3 1 0:3 / /v/c/d rw - tmpfs tmpfs rw
            4 1 0:4 / /v/c ro - tmpfs tmpfs rw
            5 4 0:5 / /v/c rw - tmpfs tmpfs rw
            6 4 0:6 / /v/c/e rw - tmpfs tmpfs rw
            7 5 0:7 / /v/c/f rw - tmpfs tmpfs ro
            8 1 0:8 / /vv rw - tmpfs tmpfs rw
            9 9 0:9 / /v/c rw - tmpfs tmpfs rw
            rubbish - - - -

            """)
        let seen = table.visible(below: "/v", in: 1)
        #expect(seen.map(\.path) == ["/v/a b", "/v/c", "/v/c/f"])
        #expect(seen.map(\.id) == [2, 5, 7])
        #expect(seen.map(\.isReadOnly) == [false, false, true])
        #expect(table.visible(below: "/", in: 1).map(\.id) == [2, 5, 7, 8])
    }
}

import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("Volume hints", .serialized, .timeLimit(.minutes(2)))
struct MountHintTests {
    private static func annotations(_ name: String, _ fields: [String: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: fields.map { ("dev.gvisor.spec.mount.\(name).\($0)", $1) })
    }

    @Test("are read as the Sentry reads them")
    func reads() throws {
        let hints = try MountHints(
            Self.annotations("a", ["source": "/a", "type": "tmpfs", "share": "pod", "options": "ro,noexec"])
                .merging(Self.annotations("b", ["source": "/b", "type": "bind", "share": "container"])) { $1 }
                // Not complete, or of words that mean nothing: no hint.
                .merging(Self.annotations("c", ["source": "/c", "type": "tmpfs"])) { $1 }
                .merging(Self.annotations("d", ["source": "/d", "type": "ext4", "share": "pod"])) { $1 })
        #expect(hints.hints.map(\.name) == ["a", "b"])
        #expect(hints.sharedSources == ["/a"])
        #expect(hints.hint(for: "/b")?.kind == .bind)
        #expect(
            hints.json[["mounts", "a"]]
                == [
                    "name": "a", "share": 2,
                    "mount": [
                        "destination": "", "type": "tmpfs", "source": "/a", "options": ["ro", "noexec"],
                    ],
                ])
    }

    @Test("that no Sentry would start with are refused", arguments: ["x", ".source", "a.b.source"])
    func refuses(_ key: String) {
        #expect(throws: RuntimeError.self) { try MountHints(["dev.gvisor.spec.mount." + key: "/a"]) }
    }

    @Test("sizes are left out for releases that do not know them")
    func sizes() throws {
        var document = try SpecDocument(parsing: Array("{}".utf8))
        document.setAnnotation("dev.gvisor.spec.mount.a.options", "rw,size=64k,noexec")
        document.setAnnotation("other.options", "size=1")
        document.leaveOutSizesOfHints()
        #expect(document.spec.annotations["dev.gvisor.spec.mount.a.options"] == "rw,noexec")
        #expect(document.spec.annotations["other.options"] == "size=1")
    }

    @Test("two volumes with one source are refused")
    func refusesTwins() {
        let fields = ["source": "/a", "type": "tmpfs", "share": "pod"]
        #expect(throws: RuntimeError.self) {
            try MountHints(Self.annotations("a", fields).merging(Self.annotations("b", fields)) { $1 })
        }
    }

    /// A container that waits, with a volume at /data.
    private static func recipe(_ source: String, _ hint: [String: String], _ launched: Launched)
        -> TestContainer.Recipe
    {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.launchPath = launched.path
        recipe.annotations = annotations("volume", hint.merging(["source": source]) { $1 })
        recipe.edit = { spec, _ in
            spec["mounts"] = [["type": "bind", "source": .string(source), "destination": "/data"]]
        }
        return recipe
    }

    @Test("a volume of a pod is one file system of the sandbox", arguments: Launched.underTest)
    func shared(_ launched: Launched) async throws {
        let data = try TemporaryDirectory("restore-volume")
        // Left by a sandbox that was killed.
        let recipe = Self.recipe(data.path, ["type": "tmpfs", "share": "pod"], launched)
        try await TestContainer.with(launched.release, recipe) { test in
            let member = try TestBundle(
                args: ["sh", "-c", "cat /data/note; echo member > /data/answer"],
                annotations: [
                    "io.kubernetes.cri.container-type": "container",
                    "io.kubernetes.cri.sandbox-id": test.id,
                ])
            var spec = try JSONValue.parse(File.read("\(member.path)/config.json"))
            spec["mounts"] = [["type": "bind", "source": .string(data.path), "destination": "/data"]]
            try File.writeAtomically(spec.serialised(), to: "\(member.path)/config.json", mode: 0o644)
            #expect(try await test.exec("sh", "-c", "echo note > /data/note").code == 0)
            let seen = try await test.member(member.path)
            #expect(seen.code == 0 && seen.output == "note\n", "\(seen)")
            // The container that is left keeps the volume, and the host never sees its files.
            #expect(try await test.exec("cat", "/data/answer").output == "member\n")
            let visible = try Directory.list(data.path)
            #expect(visible == (launched == .r22 ? [] : [".gvisor.filestore.\(test.id)"]))
        }
        #expect(try Directory.list(data.path) == [])
    }

    @Test(
        "a volume that others may change stays the host's", arguments: Launched.underTest,
        [("bind", "shared"), ("tmpfs", "shared"), ("bind", "container")])
    func bound(_ launched: Launched, _ hint: (type: String, share: String)) async throws {
        let data = try TemporaryDirectory("restore-volume")
        try data.write("host", to: "file")
        let recipe = Self.recipe(data.path, ["type": hint.type, "share": hint.share], launched)
        try await TestContainer.with(launched.release, recipe) { test in
            let seen = try await test.exec("sh", "-c", "cat /data/file; echo new > /data/new; cat /data/new")
            #expect(seen.output == "hostnew\n", "\(seen)")
            // What nobody else looks at may stay in the sandbox.
            #expect(File.exists(data.path("new")) == (hint.share == "shared" || launched == .r22))
        }
        #expect(try Directory.list(data.path).filter { $0.hasPrefix(".gvisor") } == [])
    }
}

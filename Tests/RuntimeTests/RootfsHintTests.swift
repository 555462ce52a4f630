import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("Root file system hints", .serialized, .timeLimit(.minutes(2)))
struct RootfsHintTests {
    private static func annotations(_ fields: [String: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: fields.map { ("dev.gvisor.spec.rootfs.\($0)", $1) })
    }

    @Test("are read as the Sentry reads them")
    func reads() throws {
        let (r24, head) = (try GoldenContract.load("r24"), try GoldenContract.load("head"))
        #expect(try RootfsHint(["dev.gvisor.spec.mount.a.source": "/a"], r24) == nil)
        let image = try RootfsHint(
            Self.annotations(["source": "/a", "type": "erofs", "overlay": "dir=/b"]), r24)
        #expect(image?.source == "/a" && image?.kind == .erofs && image?.overlay == .directory("/b"))
        let sized = try RootfsHint(
            Self.annotations([
                "source": "/a", "type": "bind", "overlay": "memory", "options": "size=1g", "directfs": "off",
            ]), head)
        #expect(sized?.kind == .bind && sized?.overlay == .memory && sized?.size == "1g")
    }

    private static let wrong: [(String, [String: String], String)] = [
        ("r24", ["source": "a", "type": "erofs"], "rootfs.source: expected an absolute path, not \"a\""),
        ("r24", ["source": "/a", "type": "ext4"], "rootfs.type: expected bind or erofs, not \"ext4\""),
        ("r24", ["source": "/a", "type": "bind", "overlay": "none"], "rootfs.overlay: expected memory"),
        (
            "r24", ["source": "/a", "type": "bind", "options": "size=1"],
            "rootfs.options: not supported by runsc"
        ),
        ("head", ["source": "/a", "type": "bind", "options": "ro"], "rootfs.options: expected size=SIZE"),
        (
            "head", ["source": "/a", "type": "bind", "directfs": "on"],
            "rootfs.directfs: expected default or off"
        ),
        ("r24", ["overlay": "memory"], "rootfs.overlay: expected dev.gvisor.spec.rootfs.source and"),
        ("r22", ["source": "/a", "type": "erofs"], "rootfs.source: not supported by runsc"),
    ]

    @Test("that no Sentry would start with are refused by name", arguments: wrong)
    func refuses(_ release: String, _ fields: [String: String], _ expected: String) throws {
        let contract = try GoldenContract.load(release)
        #expect {
            try RootfsHint(Self.annotations(fields), contract)
        } throws: { error in
            "\(error)".contains(expected)
        }
    }

    // MARK: with real sandboxes

    private static let newer = RunscRelease.underTest.filter { $0 != .r22 }

    /// An image with the files that the tests' bundles have, and a few more.
    private static func image(in directory: TemporaryDirectory) async throws -> String {
        let bundle = try TestBundle(args: ["true"])
        let rootfs = "\(bundle.path)/rootfs"
        try File.writeAtomically(Array("of the image".utf8), to: "\(rootfs)/mark", mode: 0o644)
        for mountPoint in ["data", "dev", "proc", "sys", "tmp"] where !File.exists("\(rootfs)/\(mountPoint)")
        {
            try Directory.make("\(rootfs)/\(mountPoint)", mode: 0o755)
        }
        // The Sentry maps the files, for which they have to begin at pages.
        _ = try await run("mkfs.erofs", ["-E", "noinline_data", directory.path("image"), rootfs]).checked()
        return directory.path("image")
    }

    private static func sum(of image: String) async throws -> String {
        try await run("sha256sum", [image]).checked().outputText
    }

    /// A container that waits, with an empty root in its bundle.
    private static func recipe(_ image: String, overlay: String? = nil) -> TestContainer.Recipe {
        var recipe = TestContainer.Recipe("/bin/sleep", "1000")
        recipe.annotations = annotations(["source": image, "type": "erofs"])
        if let overlay { recipe.annotations["dev.gvisor.spec.rootfs.overlay"] = overlay }
        recipe.edit = { spec, bundle in
            try Directory.make("\(bundle)/empty", mode: 0o755)
            spec[["root", "path"]] = .string("\(bundle)/empty")
        }
        return recipe
    }

    @Test(
        "an image is a root that stays as it is", .requires(.root, .program("mkfs.erofs")), arguments: newer)
    func image(_ release: RunscRelease) async throws {
        let directory = try TemporaryDirectory("rootfs-hint")
        let image = try await Self.image(in: directory)
        let before = try await Self.sum(of: image)
        try await TestContainer.with(release, Self.recipe(image)) { test in
            let mark = try await test.exec("/bin/cat", "/mark")
            #expect(mark.output == "of the image")
            let new = try await test.exec("/bin/sh", "-c", ": > /new")
            #expect(new.code != 0)
        }
        #expect(try await Self.sum(of: image) == before)
    }

    @Test(
        "what is written to an image's overlay stays in it", .requires(.root, .program("mkfs.erofs")),
        arguments: newer, ["memory", "self", "dir=/tmp"])
    func overlay(_ release: RunscRelease, _ overlay: String) async throws {
        let directory = try TemporaryDirectory("rootfs-hint")
        let image = try await Self.image(in: directory)
        var recipe = Self.recipe(image, overlay: overlay)
        // As from a kubelet: what the gofer serves lies on the image.
        let data = try TemporaryDirectory("rootfs-hint")
        try data.write("host", to: "file")
        recipe.edit = { [edit = recipe.edit, source = data.path] spec, bundle in
            try edit(&spec, bundle)
            spec["mounts"] = [["type": "bind", "source": .string(source), "destination": "/data"]]
        }
        let before = try await Self.sum(of: image)
        try await TestContainer.with(release, recipe) { test in
            let seen = try await test.exec(
                "/bin/sh", "-c", "echo changed > /mark; cat /mark /data/file; echo back > /data/answer")
            #expect(seen.output == "changed\nhost", "\(seen)")
            let files = try Directory.list("\(test.bundle)/empty")
            #expect(files == (overlay == "self" ? [".gvisor.filestore.\(test.id)"] : []))
        }
        #expect(try await Self.sum(of: image) == before)
        #expect(try File.readText(data.path("answer")) == "back\n")
    }

    @Test(
        "a container that joins may have an image", .requires(.root, .program("mkfs.erofs")), arguments: newer
    )
    func member(_ release: RunscRelease) async throws {
        let directory = try TemporaryDirectory("rootfs-hint")
        let image = try await Self.image(in: directory)
        try await TestContainer.with(release, .init("sleep", "1000")) { root in
            let bundle = try TestBundle(
                args: ["/bin/cat", "/mark"],
                annotations: Self.annotations(["source": image, "type": "erofs"]).merging([
                    "io.kubernetes.cri.container-type": "container",
                    "io.kubernetes.cri.sandbox-id": root.id,
                ]) { $1 })
            let seen = try await root.member(bundle.path)
            #expect(seen.code == 0 && seen.output == "of the image", "\(seen)")
        }
    }

    @Test("the bundle's own root may have another overlay", .requires(.root), arguments: newer)
    func bind(_ release: RunscRelease) async throws {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.annotations = Self.annotations(["source": "/unused", "type": "bind", "overlay": "memory"])
        try await TestContainer.with(release, recipe) { test in
            let new = try await test.exec("/bin/sh", "-c", "echo new > /new; cat /new")
            #expect(new.output == "new\n")
            #expect(!File.exists("\(test.rootfs)/new"))
        }
        recipe.annotations["dev.gvisor.spec.rootfs.overlay"] = nil
        recipe.flags = ["overlay2": "all:memory"]
        try await TestContainer.with(release, recipe) { test in
            let new = try await test.exec("/bin/sh", "-c", ": > /new")
            #expect(new.code == 0)
            #expect(File.exists("\(test.rootfs)/new"))
        }
    }

    @Test(
        "what is no image is refused", .requires(.root), arguments: newer, ["/nowhere", "/tmp", "/dev/null"])
    func noImage(_ release: RunscRelease, _ path: String) async throws {
        await #expect {
            try await TestContainer.with(release, Self.recipe(path)) { _ in }
        } throws: { error in
            "\(error)".contains("annotations.dev.gvisor.spec.rootfs.source: ") && "\(error)".contains(path)
        }
    }
}

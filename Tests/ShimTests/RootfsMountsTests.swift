import Glibc
import Messages
import Sys
import Testing

@testable import Shim

@Suite("Root file system mounts", .enabled(if: isRoot, "mounting needs root"))
struct RootfsMountsTests {
    private let scratch = Scratch()
    private var rootfs: String { scratch.path + "/rootfs" }

    private func layer(_ name: String) throws -> String {
        let path = "\(scratch.path)/\(name)"
        try Directory.make(path, mode: 0o755)
        try File.writeAtomically(
            Array(name.utf8), to: "\(path)/\(name.split(separator: "/").last ?? "")", mode: 0o644)
        return path
    }

    private var mounted: Int {
        let table = (try? File.readText("/proc/self/mountinfo", limit: 16 << 20)) ?? ""
        return table.split(separator: "\n").count { $0.contains(" \(rootfs) ") || $0.contains(" \(rootfs)/") }
    }

    @Test func anOverlayIsMountedAndGoesWhole() async throws {
        let (lower, upper, work) = (try layer("lower"), try layer("upper"), scratch.path + "/work")
        try Directory.make(work, mode: 0o755)
        try await RootfsMounts.mount(
            [
                RootfsMount(
                    type: "overlay", source: "overlay",
                    options: ["workdir=\(work)", "upperdir=\(upper)", "lowerdir=\(lower)"])
            ], at: rootfs)
        #expect(try Set(Directory.list(rootfs)) == ["lower", "upper"])
        #expect(mounted == 1)
        try await RootfsMounts.unmount(rootfs)
        #expect(mounted == 0)
        #expect(try Directory.list(rootfs).isEmpty)
    }

    @Test func anOverlayOfMoreLayersThanAPageNames() async throws {
        let deep = "snapshots-with-a-rather-long-name-as-they-have-in-real-life"
        let layers = try (0..<60).map { try layer("\(deep)/layer-number-\($0)") }
        let before = Kernel.workingDirectory
        try await RootfsMounts.mount(
            [
                RootfsMount(
                    type: "overlay", source: "overlay", options: ["lowerdir=" + layers.joined(separator: ":")]
                )
            ], at: rootfs)
        #expect(try Directory.list(rootfs).count == 60)
        #expect(Kernel.workingDirectory == before)
        try await RootfsMounts.unmount(rootfs)
        #expect(mounted == 0)
    }

    @Test func aReadOnlyBindMountIsReadOnly() async throws {
        let source = try layer("source")
        try await RootfsMounts.mount(
            [RootfsMount(type: "bind", source: source, options: ["rbind", "ro", "rprivate"])], at: rootfs)
        #expect(try Directory.list(rootfs) == ["source"])
        #expect(throws: SysError.self) { try File.open(rootfs + "/new", [.writeOnly, .create]) }
        try await RootfsMounts.unmount(rootfs)
        #expect(mounted == 0)
    }

    @Test func severalMountsLieOnTopOfEachOther() async throws {
        let (one, two) = (try layer("one"), try layer("two"))
        try Directory.make(one + "/inner", mode: 0o755)
        try await RootfsMounts.mount(
            [
                RootfsMount(type: "bind", source: one, options: ["rbind"]),
                RootfsMount(type: "bind", source: two, target: "/inner", options: ["rbind"]),
            ], at: rootfs)
        #expect(try Directory.list(rootfs + "/inner") == ["two"])
        #expect(mounted == 2)
        try await RootfsMounts.unmount(rootfs)
        #expect(mounted == 0)
    }

    @Test func aLinkInTheImageLeadsNowhere() async throws {
        let (image, two) = (try layer("image"), try layer("two"))
        let outside = scratch.path + "/outside"
        try Directory.make(outside, mode: 0o755)
        try Directory.make(image + outside, mode: 0o755)
        #expect(symlink(outside, image + "/link") == 0)
        try await RootfsMounts.mount(
            [
                RootfsMount(type: "bind", source: image, options: ["rbind"]),
                RootfsMount(type: "bind", source: two, target: "/link", options: ["rbind"]),
            ], at: rootfs)
        #expect(try Directory.list(outside).isEmpty)
        #expect(try Directory.list(rootfs + outside) == ["two"])
        try await RootfsMounts.unmount(rootfs)
        #expect(mounted == 0)
    }

    @Test func aFailureUndoesWhatWasDone() async throws {
        let one = try layer("one")
        let mounts = [
            RootfsMount(type: "bind", source: one, options: ["rbind"]),
            RootfsMount(type: "bind", source: scratch.path + "/missing", options: ["rbind"]),
        ]
        do {
            try await RootfsMounts.mount(mounts, at: rootfs)
            Issue.record("mounted what is not there")
        } catch {
            #expect("\(error)".contains(scratch.path + "/missing"))
        }
        #expect(mounted == 0)
        #expect(!File.exists(rootfs))
    }

    @Test func noMountsTouchNothing() async throws {
        try await RootfsMounts.mount([], at: rootfs)
        #expect(!File.exists(rootfs))
        try await RootfsMounts.unmount(rootfs)
    }
}

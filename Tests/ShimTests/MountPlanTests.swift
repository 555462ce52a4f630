import Messages
import Sys
import Testing

@testable import Shim

@Suite("Mount options")
struct MountPlanTests {
    private func plan(_ options: [String], type: String = "overlay") throws -> MountPlan {
        try MountPlan(RootfsMount(type: type, source: "src", options: options))
    }

    @Test(
        arguments: [
            (["ro", "nosuid"], MountFlags([.readOnly, .noSUID])),
            (["ro", "rw"], []),
            (["rbind", "nodev", "noexec"], [.bind, .recursive, .noDevices, .noExec]),
            (["noatime", "relatime", "sync", "async"], [.noAccessTime, .relativeAccessTime]),
            (["defaults", "suid", "dev", "exec"], []),
        ] as [([String], MountFlags)])
    func wordsBecomeFlags(_ options: [String], _ flags: MountFlags) throws {
        let plan = try plan(options)
        #expect(plan.flags == flags)
        #expect(plan.data.isEmpty)
    }

    @Test func unknownWordsAreTheFileSystemsData() throws {
        #expect(try plan(["lowerdir=/l", "ro", "index=off"]).data == "lowerdir=/l,index=off")
    }

    @Test func propagationStandsApart() throws {
        let plan = try plan(["rbind", "rslave"], type: "bind")
        #expect(plan.flags == [.bind, .recursive] && plan.propagation == [.slave, .recursive])
    }

    @Test func bindIsABindMountWithoutSayingSo() throws {
        #expect(try plan(["ro"], type: "bind").flags == [.bind, .readOnly])
    }

    @Test func manyLayersAreMadeRelative() throws {
        let root = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"
        let layers = (1...80).map { "\(root)/\($0)/fs" }
        let plan = try plan([
            "upperdir=\(root)/99/fs", "lowerdir=\(layers.joined(separator: ":"))", "workdir=\(root)/99/work",
        ])
        #expect(plan.workingDirectory == root)
        #expect(plan.data.hasPrefix("upperdir=\(root)/99/fs,lowerdir=1/fs:2/fs:"))
        #expect(plan.data.hasSuffix(":80/fs,workdir=\(root)/99/work"))
    }

    @Test func shortOptionsStayAsTheyAre() throws {
        let plan = try plan(["lowerdir=/a/1:/a/2"])
        #expect(plan.workingDirectory == nil && plan.data == "lowerdir=/a/1:/a/2")
    }

    @Test(
        arguments: [
            (["/a/b/1/fs", "/a/b/12/fs"], "/a/b"), (["/a/b", "/a/b/c"], "/a"), (["/a", "/b"], nil),
            (["a/b", "a/c"], nil), (["/x/y/z"], "/x/y"),
        ] as [([String], String?)])
    func commonDirectories(_ paths: [String], _ common: String?) {
        #expect(MountPlan.commonDirectory(paths.map { $0[...] }) == common)
    }

    @Test(
        arguments: [
            ("ext4", ["loop"], "loop devices are not supported"),
            (
                "overlay", ["lowerdir=/a", "uidmap=0:65536:65536"],
                "mapping the owners of layers is not supported"
            ),
            ("fuse3.fuse-overlayfs", [], "helper program"),
            ("overlay", ["lowerdir=" + String(repeating: "x", count: 5000)], "more than the 4095"),
        ] as [(String, [String], String)])
    func whatCannotBeDoneIsRefused(_ type: String, _ options: [String], _ reason: String) {
        do {
            _ = try plan(options, type: type)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(reason))
            #expect("\(error)".contains("\"\(type)\""))
        }
    }
}

import Foundation
import OCI
import Runtime
import Sys
import Testing

/// Directories in the place of cgroupfs: what is made and removed, without a kernel.
@Suite("Cgroups in a tree of plain directories")
struct CgroupTreeTests {
    private final class Tree {
        let base = "/tmp/oci-cgroup-\(UUID().uuidString)"
        init(_ directories: [String]) throws {
            for directory in directories { try Directory.make("\(base)/\(directory)", mode: 0o755) }
        }
        deinit { try? FileManager.default.removeItem(atPath: base) }

        func host(_ controllers: [String: String]) -> CgroupHost {
            CgroupHost(
                v1: controllers.mapValues { .init(mountpoint: "\(base)/\($0)", own: "/self") }, v2: nil)
        }
        func exists(_ path: String) -> Bool { File.exists("\(base)/\(path)") }
        func write(_ text: String, _ path: String) throws {
            try File.writeAtomically(Array(text.utf8), to: "\(base)/\(path)", mode: 0o644)
        }
    }

    private static func resources(_ json: String) throws -> Spec.LinuxResources {
        try Spec.LinuxResources.parse(Array(json.utf8))
    }

    @Test func sharedHierarchiesAreMadeAndRemovedOnce() async throws {
        let tree = try Tree(["both", "memory"])
        let cgroup = try tree.host(["cpu": "both", "cpuacct": "both", "memory": "memory"])
            .create(path: "/pod/c", resources: nil)
        #expect(cgroup.record == .v1(name: "/pod/c", parents: [:], own: ["cpu", "cpuacct", "memory"]))
        #expect(tree.exists("both/pod/c") && tree.exists("memory/pod/c"))
        try await cgroup.remove()
        // Those in between may be somebody else's by now.
        #expect(!tree.exists("both/pod/c") && tree.exists("both/pod") && !tree.exists("memory/pod/c"))
        try await cgroup.remove()
    }

    @Test func whatIsThereIsNotOurs() async throws {
        let tree = try Tree(["cpu/c", "memory"])
        let host = tree.host(["cpu": "cpu", "memory": "memory"])
        let resources = try Self.resources(#"{"cpu":{"shares":5}}"#)
        // The limit would fail (there is no such file), but an existing directory gets none.
        let cgroup = try host.create(path: "/c", resources: resources)
        #expect(cgroup.record == .v1(name: "/c", parents: [:], own: ["memory"]))
        let again = try #require(host.open(cgroup.record))
        try await again.remove()
        #expect(tree.exists("cpu/c") && !tree.exists("memory/c"))
    }

    @Test func relativePathsStartAtTheShimsOwn() throws {
        let tree = try Tree(["cpu/self"])
        let cgroup = try tree.host(["cpu": "cpu"]).create(path: "./x//y", resources: nil)
        #expect(tree.exists("cpu/self/x/y"))
        #expect(cgroup.record == .v1(name: "x/y", parents: ["cpu": "/self"], own: ["cpu"]))
    }

    @Test func failureHalfWayLeavesNothing() throws {
        let tree = try Tree(["cpu", "memory"])
        let host = tree.host(["cpu": "cpu", "memory": "memory"])
        #expect(throws: CgroupError.missingController("pids", path: "/c")) {
            try host.create(path: "/c", resources: Self.resources(#"{"pids":{"limit":5}}"#))
        }
        #expect(throws: CgroupError.self) {
            try host.create(path: "/c", resources: Self.resources(#"{"cpu":{"shares":5}}"#))
        }
        #expect(!tree.exists("cpu/c") && !tree.exists("memory/c"))
    }

    @Test func removalIsBounded() async throws {
        let tree = try Tree(["cpu"])
        let cgroup = try tree.host(["cpu": "cpu"]).create(path: "/c", resources: nil)
        try Directory.make("\(tree.base)/cpu/c/inner", mode: 0o755)
        let path = "\(tree.base)/cpu/c"
        await #expect(throws: CgroupError.busy(paths: [path], limit: .milliseconds(20))) {
            try await cgroup.remove(limit: .milliseconds(20))
        }
        async let removed: Void = cgroup.remove(limit: .seconds(60))
        try Directory.remove(path + "/inner")
        try await removed
        #expect(!tree.exists("cpu/c"))
    }

    @Test func version2OwnsTheWayAndLeavesWhatOthersUse() async throws {
        let tree = try Tree(["a"])
        try tree.write("cpu memory\n", "cgroup.controllers")
        let host = CgroupHost(v1: [:], v2: .init(mountpoint: tree.base, own: "/s/shim"))
        let cgroup = try host.create(path: "/a/b/c", resources: nil)
        let own = ["\(tree.base)/a/b", "\(tree.base)/a/b/c"]
        #expect(
            cgroup.record
                == .v2(mountpoint: tree.base, path: "/a/b/c", controllers: ["cpu", "memory"], own: own))
        try Directory.make("\(tree.base)/a/b/other", mode: 0o755)
        try await #require(host.open(cgroup.record)).remove(limit: .milliseconds(20))
        #expect(!tree.exists("a/b/c") && tree.exists("a/b/other"))

        let relative = try host.create(path: "x", resources: nil)
        #expect(tree.exists("s/x"))
        try await relative.remove()
        #expect(!tree.exists("s") && tree.exists("a"))
    }

    @Test func version2ReadsLimitsHereOrOnTheSliceAbove() throws {
        let tree = try Tree(["slice/c"])
        let host = CgroupHost(v1: [:], v2: .init(mountpoint: tree.base, own: "/"))
        let cgroup = try host.create(path: "/slice/c", resources: nil)
        #expect(
            cgroup.memoryLimit() == nil && cgroup.cpuQuota() == nil && cgroup.cpuCount(fromQuota: true) == nil
        )
        try tree.write("max\n", "slice/c/memory.max")
        try tree.write("4096\n", "slice/memory.max")
        try tree.write("max 100000\n", "slice/c/cpu.max")
        try tree.write("250000 100000\n", "slice/cpu.max")
        try tree.write("0-2,7\n", "slice/c/cpuset.cpus.effective")
        try tree.write("usage_usec 5\nuser_usec 3\nsystem_usec 2\n", "slice/c/cpu.stat")
        #expect(cgroup.memoryLimit() == 4096 && cgroup.cpuQuota()?.cpus == 2.5)
        #expect(cgroup.cpuCount(fromQuota: false) == 4 && cgroup.cpuCount(fromQuota: true) == 3)
        try tree.write("10000 100000\n", "slice/c/cpu.max")
        #expect(cgroup.cpuCount(fromQuota: true) == 2)
        let usage = cgroup.usage()
        #expect(
            usage.cpuTotal == 5000 && usage.cpuUser == 3000 && usage.memoryLimit == .max && usage.pids == 0)
    }
}

import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("The memory of a pod whose containers are limited")
struct PodMemoryTests {
    private let directory: TemporaryDirectory
    private let cgroup: any Cgroup
    private let memory = PodMemory()

    init() throws {
        directory = try TemporaryDirectory("pod-memory")
        try directory.write("", to: "pod/memory.limit_in_bytes")
        cgroup = try CgroupHost(v1: ["memory": .init(mountpoint: directory.path, own: "/")], v2: nil).create(
            path: "/pod", resources: nil)
        try uses(100, files: 60)
    }

    private func uses(_ bytes: Int, files: Int = 0) throws {
        try directory.write("\(bytes)", to: "pod/memory.usage_in_bytes")
        try directory.write("active_file \(files)\ninactive_file 0\n", to: "pod/memory.stat")
    }

    /// What was written last; nothing when nothing was.
    private func limit() throws -> String {
        defer { _ = try? directory.write("", to: "pod/memory.limit_in_bytes") }
        return try File.readText(directory.path("pod/memory.limit_in_bytes"))
    }

    @Test func isTheSumAndWhatTheSandboxNeeds() async throws {
        memory.starts("a", gofer: nil, in: cgroup)
        try await memory.limit(1000, of: cgroup)
        #expect(try limit() == "1040")
        // What the first container takes is its own business; of the second the gofer is counted.
        try uses(900)
        memory.starts("b", gofer: Kernel.pid, in: cgroup)
        try await memory.limit(3000, of: cgroup)
        let both = try #require(Int(try limit()))
        #expect(both > 3040 && both % 4096 == 3040)
        memory.leaves("b")
        try await memory.limit(1000, of: cgroup)
        #expect(try limit() == "1040")
    }

    @Test func neverFallsBelowWhatIsInUse() async throws {
        memory.starts("a", gofer: nil, in: cgroup)
        try await memory.limit(1000, of: cgroup)
        #expect(try limit() == "1040")
        try uses(800)
        try await memory.limit(500, of: cgroup)
        #expect(try limit() == "")
        try uses(800, files: 500)
        try await memory.limit(500, of: cgroup)
        #expect(try limit() == "540")
    }

    @Test func isTakenAwayAgainAndNothingElseIs() async throws {
        memory.starts("a", gofer: nil, in: cgroup)
        try await memory.limit(nil, of: cgroup)
        #expect(try limit() == "")
        try await memory.limit(1000, of: cgroup)
        #expect(try limit() == "1040")
        try await memory.limit(nil, of: cgroup)
        #expect(try limit() == "-1")
        try await memory.limit(1000, of: cgroup)
        #expect(try limit() == "1040")
        memory.leaves("a")
        try await memory.limit(nil, of: cgroup)
        #expect(try limit() == "-1")
        // With the next first container the sandbox is measured anew.
        try uses(70)
        memory.starts("b", gofer: nil, in: cgroup)
        try await memory.limit(1000, of: cgroup)
        #expect(try limit() == "1070")
    }
}

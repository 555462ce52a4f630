import Foundation
import OCI
import Runtime
import Sys
import Testing

/// The hierarchies of this machine, with names of their own that are removed again.
@Suite("Cgroups of this kernel", .enabled(if: Kernel.effectiveUID == 0), .timeLimit(.minutes(1)))
struct CgroupKernelTests {
    private let name = "/oci-test-\(UUID().uuidString)"

    /// Starts a child that sleeps in the cgroup.
    private func sleeper(in cgroup: any Cgroup) async throws -> ChildProcess {
        let null = try File.open("/dev/null", [.readWrite])
        var plan = SpawnPlan(
            program: try File.open("/bin/sleep", [.path]), path: "/bin/sleep", arguments: ["sleep", "600"],
            descriptors: [null, null, null])
        try cgroup.placement().apply(to: &plan)
        let child = try plan.spawn()
        try await child.executed()
        return child
    }

    @Test func version1LimitsPlacesAndRemoves() async throws {
        let host = try CgroupHost.current()
        guard host.v1["memory"] != nil, host.v1["cpu"] != nil, host.v1["pids"] != nil,
            host.v1["cpuset"] != nil
        else { return }
        let cgroup = try host.create(
            path: name + "/inner",
            resources: Spec.LinuxResources.parse(
                Array(
                    #"{"memory":{"limit":67108864},"cpu":{"shares":512,"quota":150000,"period":100000,"cpus":"0"},"pids":{"limit":9}}"#
                        .utf8)))
        func parents() -> [String] {
            Set(host.v1.values.map { $0.mountpoint + name }).filter(File.exists)
        }
        do {
            #expect(cgroup.memoryLimit() == 67_108_864)
            #expect(cgroup.cpuQuota()?.cpus == 1.5)
            #expect(cgroup.cpuSetCount() == 1 && cgroup.cpuCount(fromQuota: true) == 1)
            let before = cgroup.usage()
            #expect(before.pids == 0 && before.pidsLimit == 9 && before.memoryLimit == 67_108_864)

            let child = try await sleeper(in: cgroup)
            defer { child.kill(Signal.kill) }
            #expect(cgroup.usage().pids == 1)
            for line in try File.readText("/proc/\(child.pid)/cgroup").split(separator: "\n") {
                let controller = line.split(separator: ":")[1].replacing("name=", with: "")
                guard host.v1[String(controller)] != nil else { continue }
                #expect(line.hasSuffix(":\(name)/inner"), "\(line)")
            }

            // Raised above memory and swap in one go, then lowered again: both orders work.
            for limit in [134_217_728, 33_554_432] {
                let text =
                    #"{"memory":{"limit":\#(limit),"swap":\#(limit)},"cpu":{"quota":20000,"period":50000}}"#
                try await cgroup.update(Spec.LinuxResources.parse(Array(text.utf8)))
                #expect(cgroup.memoryLimit() == UInt64(limit))
                #expect(cgroup.cpuQuota()?.cpus == 0.4)
            }

            await #expect(throws: CgroupError.self) { try await cgroup.remove(limit: .milliseconds(10)) }
            // The kernel may take a moment to bury the child; removing waits for that.
            child.kill(Signal.kill)
            try await cgroup.remove()
            _ = try await child.wait()
            #expect(!File.exists((host.v1["memory"]?.mountpoint ?? "") + name + "/inner"))
        } catch {
            try? await cgroup.remove()
            for parent in parents() { try? Directory.remove(parent) }
            throw error
        }
        for parent in parents() { try Directory.remove(parent) }
    }

    @Test func version2ClonesIntoTheDirectory() async throws {
        guard let v2 = try CgroupHost.current().v2 else { return }
        let host = CgroupHost(v1: [:], v2: v2)
        let cgroup = try host.create(path: name + "/inner", resources: nil)
        do {
            let child = try await sleeper(in: cgroup)
            defer { child.kill(Signal.kill) }
            #expect(try File.readText("/proc/\(child.pid)/cgroup").contains("0::\(name)/inner\n"))
            await #expect(throws: CgroupError.self) { try await cgroup.remove(limit: .milliseconds(10)) }
            child.kill(Signal.kill)
            _ = try await child.wait()
            // From the state file, as a later shim would.
            try await #require(host.open(CgroupRecord(json: cgroup.record.json))).remove()
        } catch {
            try? await cgroup.remove()
            throw error
        }
        #expect(!File.exists(v2.mountpoint + name))
    }

    @Test func version2NamesAMissingControllerAndUsesThoseThatAreThere() async throws {
        guard let v2 = try CgroupHost.current().v2 else { return }
        let host = CgroupHost(v1: [:], v2: v2)
        let offered = try File.readText(v2.mountpoint + "/cgroup.controllers").split(
            whereSeparator: \.isWhitespace)
        if !offered.contains("pids") {
            let resources = try Spec.LinuxResources.parse(Array(#"{"pids":{"limit":5}}"#.utf8))
            #expect(throws: CgroupError.missingController("pids", path: v2.mountpoint + name)) {
                try host.create(path: name, resources: resources)
            }
            #expect(!File.exists(v2.mountpoint + name))
        }
        if offered.contains("hugetlb") {
            let resources = try Spec.LinuxResources.parse(
                Array(#"{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}"#.utf8))
            let cgroup = try host.create(path: name, resources: resources)
            let value = try File.readText(v2.mountpoint + name + "/hugetlb.2MB.max")
            try await cgroup.remove()
            #expect(value == "4194304\n")
        }
    }
}

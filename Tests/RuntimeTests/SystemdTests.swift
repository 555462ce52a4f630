import Foundation
import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite(
    "Scopes of a real systemd", .serialized, .timeLimit(.minutes(2)),
    .requires(.root, .file(RealSystemd.program), .program("dbus-daemon")))
struct SystemdTests {
    private static func resources(_ json: String) throws -> Spec.LinuxResources {
        try Spec.LinuxResources.parse(Array(json.utf8))
    }

    private static func sleeper(in cgroup: any Cgroup) async throws -> ChildProcess {
        let null = try File.open("/dev/null", [.readWrite])
        var plan = SpawnPlan(
            program: try File.open("/bin/sleep", [.path]), path: "/bin/sleep", arguments: ["sleep", "600"],
            descriptors: [null, null, null])
        try cgroup.placement().apply(to: &plan)
        let child = try plan.spawn()
        try await child.executed()
        cgroup.isOccupied()
        return child
    }

    private static let scope = "kubepods-pod1.slice:cri:abc"
    private static let directory = "kubepods.slice/kubepods-pod1.slice/cri-abc.scope"

    /// On its own socket and by way of a bus.
    @Test(arguments: [true, false])
    func aScopeIsMadeFilledAndRemoved(directly: Bool) async throws {
        try await RealSystemd.with(.version2) { real in
            let systemd = Systemd([directly ? real.direct : real.bus])
            let host = CgroupHost(v1: [:], v2: .init(mountpoint: real.cgroup, own: "/"), systemd: systemd)
            let cgroup = try await host.createForSandbox(
                path: Self.scope, resources: nil, by: .automatic)
            let child = try await Self.sleeper(in: cgroup)
            defer { child.kill(Signal.kill) }
            #expect(try File.readText("/proc/\(child.pid)/cgroup").contains("/\(Self.directory)\n"))
            let unit = try await real.show(
                "cri-abc.scope", "ActiveState", "Slice", "Delegate", "Description", "CollectMode",
                "DefaultDependencies", "TasksAccounting", "TasksMax")
            #expect(
                unit == [
                    "ActiveState": "active", "Slice": "kubepods-pod1.slice", "Delegate": "yes",
                    "Description": "gVisor sandbox abc", "CollectMode": "inactive-or-failed",
                    "DefaultDependencies": "no", "TasksAccounting": "yes", "TasksMax": "infinity",
                ])
            // The placeholder ends, and the scope does not.
            #expect(try await Self.onlyProcess(of: real.cgroup + "/" + Self.directory) == child.pid)
            #expect(cgroup.record.json["cgroupsystemd"]?["ScopePrefix"] == "cri")
            #expect(host.open(CgroupRecord(json: cgroup.record.json)) != nil)

            // Who has a name has it alone.
            await #expect {
                try await host.createForSandbox(path: Self.scope, resources: nil, by: .systemd)
            } throws: { "\($0)".contains("UnitExists") }

            child.kill(Signal.kill)
            _ = try await child.wait()
            try await cgroup.remove()
            #expect(!File.exists(real.cgroup + "/" + Self.directory))
            #expect(try await real.show("cri-abc.scope", "LoadState") == ["LoadState": "not-found"])
            // What is gone stays gone, and its name is free.
            try await cgroup.remove()
            try await host.createForSandbox(path: Self.scope, resources: nil, by: .systemd).remove()
        }
    }

    private static func onlyProcess(of directory: String) async throws -> Int32? {
        try await withDeadline(.seconds(10), "end of the placeholder") {
            while true {
                let pids = try File.readText("\(directory)/cgroup.procs").split(separator: "\n")
                if pids.count == 1 { return Int32(pids[0]) }
                try await _Concurrency.Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func limitsAreProperties() async throws {
        try await RealSystemd.with(.version2) { real in
            let systemd = Systemd([real.direct])
            let null = try File.open("/dev/null", [.readWrite])
            let child = try SpawnPlan(
                program: File.open("/bin/sleep", [.path]), path: "/bin/sleep", arguments: ["sleep", "600"],
                descriptors: [null, null, null]
            ).spawn()
            defer { child.kill(Signal.kill) }
            func limits(_ json: String) throws -> [UnitProperty] {
                .limits(try CgroupSetting.v2(Self.resources(json)))
            }
            try await systemd.start(
                "x.scope",
                .scope(of: "x", slice: "system.slice", pid: child.pid, isVersion1: false)
                    + limits(
                        #"""
                        {"memory":{"limit":67108864,"swap":67108864,"reservation":1048576},"pids":{"limit":9},
                        "cpu":{"shares":512,"quota":50000,"period":20000,"cpus":"0-1","mems":"0"},
                        "blockIO":{"weight":500}}
                        """#))
            let unit = try await real.show(
                "x.scope", "MemoryMax", "MemorySwapMax", "MemoryLow", "TasksMax", "CPUWeight",
                "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec", "AllowedCPUs", "AllowedMemoryNodes", "IOWeight")
            #expect(
                unit == [
                    "MemoryMax": "67108864", "MemorySwapMax": "0", "MemoryLow": "1048576", "TasksMax": "9",
                    "CPUWeight": "20", "CPUQuotaPerSecUSec": "2.500000s", "CPUQuotaPeriodUSec": "20ms",
                    "AllowedCPUs": "0-1", "AllowedMemoryNodes": "0", "IOWeight": "4950",
                ])
            try await systemd.set(
                limits(#"{"memory":{"limit":-1},"cpu":{"quota":-1}}"#), of: "x.scope")
            #expect(
                try await real.show("x.scope", "MemoryMax", "CPUQuotaPerSecUSec", "TasksMax") == [
                    "MemoryMax": "infinity", "CPUQuotaPerSecUSec": "infinity", "TasksMax": "9",
                ])
            await #expect(throws: SystemdError.self) {
                try await systemd.set([UnitProperty("Nonsense", .boolean(true))], of: "x.scope")
            }
            // It ends the processes that are still there.
            try await systemd.stop("x.scope")
            #expect(try await child.wait().signal != nil)
        }
    }

    /// On hosts with both versions a scope's processes are looked for in version 2, and limited in version 1.
    @Test func hostsWithBothVersions() async throws {
        try await RealSystemd.with(.both) { real in
            var host = try CgroupHost.current()
            // A machine with version 2 alone has nothing to show.
            guard let pids = host.v1["pids"]?.mountpoint else { return }
            let name = "/" + Path.split(real.cgroup).last
            // What lies below its own cgroup there is the root of everything here.
            host.v1 = ["pids": .init(mountpoint: pids + name, own: "/")]
            host.v2 = .init(mountpoint: real.cgroup, own: "/")
            host.systemd = Systemd([real.direct])
            let cgroup = try await host.createForSandbox(
                path: Self.scope, resources: Self.resources(#"{"pids":{"limit":9}}"#), by: .automatic)
            let child = try await Self.sleeper(in: cgroup)
            defer { child.kill(Signal.kill) }
            let own = try File.readText("/proc/\(child.pid)/cgroup").split(separator: "\n")
            #expect(own.contains { $0.hasSuffix(":pids:\(name)/\(Self.directory)") }, "\(own)")
            #expect(own.contains { $0 == "0::\(name)/\(Self.directory)" }, "\(own)")
            #expect(cgroup.usage().pidsLimit == 9)
            #expect(try await Self.onlyProcess(of: real.cgroup + "/" + Self.directory) == child.pid)
            #expect(
                try await real.show("cri-abc.scope", "ActiveState", "TasksMax")
                    == ["ActiveState": "active", "TasksMax": "9"])
            try await cgroup.update(Self.resources(#"{"pids":{"limit":12}}"#))
            #expect(cgroup.usage().pidsLimit == 12)
            #expect(try await real.show("cri-abc.scope", "TasksMax") == ["TasksMax": "12"])
            child.kill(Signal.kill)
            _ = try await child.wait()
            try await cgroup.remove()
            #expect(!File.exists(pids + name + "/" + Self.directory))
        }
    }

    @Test("a sandbox of the primary release lives in its scope")
    func aSandboxLivesInItsScope() async throws {
        try await RealSystemd.with(.version2) { real in
            let host = CgroupHost(
                v1: [:], v2: .init(mountpoint: real.cgroup, own: "/"), systemd: Systemd([real.direct]))
            var recipe = TestContainer.Recipe("sleep", "600")
            recipe.cgroups = host
            recipe.edit = { spec, _ in spec[["linux", "cgroupsPath"]] = .string(Self.scope) }
            try await TestContainer.with(.r24, recipe) { test in
                let processes = try File.readText("\(real.cgroup)/\(Self.directory)/cgroup.procs")
                    .split(separator: "\n")
                #expect(processes.contains { $0 == "\(test.container.pid)" } && processes.count >= 2)
                #expect(
                    try await real.show("cri-abc.scope", "ActiveState") == ["ActiveState": "active"])
                #expect(try await test.exec("echo", "hi").output == "hi\n")
                try await test.container.update(Self.resources(#"{"memory":{}}"#))
            }
            #expect(try await real.show("cri-abc.scope", "LoadState") == ["LoadState": "not-found"])
            #expect(!File.exists("\(real.cgroup)/\(Self.directory)"))
        }
    }
}

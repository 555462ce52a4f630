import Foundation
import OCI
import Runtime
import Sys
import Testing

@Suite("Cgroup detection")
struct CgroupHostTests {
    @Test func aHostOfVersion1WithAnEmptyUnifiedMount() {
        let host = CgroupHost(
            mountInfo: """
                31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
                41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """,
            selfCgroup: "9:name=systemd:/init.scope\n4:memory:/a/b\n2:cpu,cpuacct:/c:d\n0::/x\n")
        #expect(Set(host.v1.keys) == ["cpu", "cpuacct", "memory", "systemd"])
        #expect(host.v1["cpu"] == .init(mountpoint: "/sys/fs/cgroup/cpu,cpuacct", own: "/c:d"))
        #expect(host.v1["cpuacct"] == host.v1["cpu"])
        #expect(host.v1["systemd"]?.own == "/init.scope")
        #expect(host.v2 == .init(mountpoint: "/sys/fs/cgroup/unified", own: "/x"))
    }

    @Test func aHostOfVersion2() {
        let host = CgroupHost(
            mountInfo: "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
            selfCgroup: "0::/system.slice/containerd.service\n")
        #expect(host.v1.isEmpty)
        #expect(host.v2 == .init(mountpoint: "/sys/fs/cgroup", own: "/system.slice/containerd.service"))
    }

    @Test func insideAContainerPathsStartAtTheMount() {
        let host = CgroupHost(
            mountInfo: """
                1 0 0:1 /docker/abc /sys/fs/my\\040cgroup/memory ro - cgroup cgroup rw,memory
                garbage
                2 0 0:1 / /x
                """,
            selfCgroup: "4:memory:/docker/abc/inner\n")
        #expect(host.v1["memory"] == .init(mountpoint: "/sys/fs/my cgroup/memory", own: "/inner"))
        #expect(host.v2 == nil)
    }

    @Test func badPathsAreRefused() {
        let host = CgroupHost(v1: [:], v2: .init(mountpoint: "/nowhere", own: "/"))
        for path in ["", "/", "/a/../../b", "..", "a\0b"] {
            #expect(throws: CgroupError.badPath(path)) { try host.create(path: path, resources: nil) }
        }
        #expect(throws: CgroupError.noHierarchy) {
            try CgroupHost(v1: [:], v2: nil).create(path: "/a", resources: nil)
        }
    }
}

@Suite("Cgroup paths of systemd's form")
struct SystemdPathTests {
    @Test(arguments: [
        (
            "kubepods-burstable-pod1_2.slice:cri-containerd:abc",
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-abc.scope"
        ),
        (":cri:abc", "/system.slice/cri-abc.scope"),
        ("user.slice::abc", "/user.slice/abc.scope"),
        ("-.slice:cri:abc", "/cri-abc.scope"),
        ("a.slice:cri:a-b.slice", "/a.slice/a-b.slice"),
    ])
    func leadWhereSystemdHasThem(_ text: String, _ path: String) throws {
        #expect(try SystemdPath(text)?.path == path)
    }

    @Test(arguments: [
        "a.slice:cri:", "a:cri:abc", "a--b.slice:cri:abc", "-a.slice:c:d", ".slice:c:d", "a-.slice:c:d",
    ])
    func mistakesAreNamed(_ text: String) {
        #expect {
            _ = try SystemdPath(text)
        } throws: { error in
            "\(error)".hasPrefix("linux.cgroupsPath \"\(text)\": expected ")
        }
    }

    @Test(arguments: ["/a/b", "a", "/a:b:c", "a:b", "a:b:c:d"])
    func otherPathsArePlain(_ text: String) throws {
        #expect(try SystemdPath(text) == nil)
    }
}

@Suite("Cgroup limits")
struct CgroupSettingTests {
    private func resources(_ json: String) throws -> Spec.LinuxResources {
        try Spec.LinuxResources.parse(Array(json.utf8))
    }

    static let all = #"""
        {"memory":{"limit":1000,"reservation":500,"swap":1500,"kernel":9,"swappiness":0,"disableOOMKiller":true},
         "cpu":{"shares":1024,"quota":50000,"period":100000,"cpus":"0-1","mems":"0","realtimeRuntime":0},
         "pids":{"limit":20},"hugepageLimits":[{"pageSize":"2MB","limit":4096}],
         "blockIO":{"weight":500,"weightDevice":[{"major":8,"minor":0,"weight":10},{"major":8,"minor":1}],
           "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":7}],"throttleWriteIOPSDevice":[{"major":8,"minor":1,"rate":9}]}}
        """#

    @Test func version1() throws {
        let settings = CgroupSetting.v1(try resources(Self.all))
        #expect(
            settings.map { "\($0.controller) \($0.file)=\($0.value)" } == [
                "memory memory.limit_in_bytes=1000", "memory memory.soft_limit_in_bytes=500",
                "memory memory.memsw.limit_in_bytes=1500", "memory memory.swappiness=0",
                "memory memory.oom_control=1", "cpu cpu.shares=1024", "cpu cpu.cfs_period_us=100000",
                "cpu cpu.cfs_quota_us=50000", "cpuset cpuset.cpus=0-1", "cpuset cpuset.mems=0",
                "pids pids.max=20", "blkio blkio.weight=500", "blkio blkio.weight_device=8:0 10",
                "blkio blkio.throttle.read_bps_device=8:0 7", "blkio blkio.throttle.write_iops_device=8:1 9",
                "hugetlb hugetlb.2MB.limit_in_bytes=4096",
            ])
        #expect(settings.first { $0.file == "blkio.weight" }?.fallback?.file == "blkio.bfq.weight")
        #expect(CgroupSetting.v1(Spec.LinuxResources()).isEmpty)
        #expect(CgroupSetting.v1(try resources(#"{"pids":{"limit":-1}}"#)).map(\.value) == ["max"])
    }

    @Test func version2() throws {
        let settings = try CgroupSetting.v2(try resources(Self.all))
        #expect(
            settings.map { "\($0.controller) \($0.file)=\($0.value)" } == [
                "memory memory.max=1000", "memory memory.swap.max=500", "memory memory.low=500",
                "cpu cpu.weight=39", "cpu cpu.max=50000 100000", "cpuset cpuset.cpus=0-1",
                "cpuset cpuset.mems=0", "pids pids.max=20", "io io.weight=default 4950",
                "io io.weight=8:0 1", "io io.max=8:0 rbps=7", "io io.max=8:1 wiops=9",
                "hugetlb hugetlb.2MB.max=4096",
            ])
        #expect(settings.first { $0.file == "io.weight" }?.fallback?.value == "default 500")
    }

    @Test(arguments: [
        (#"{"memory":{"limit":-1,"swap":-1}}"#, ["memory.max=max", "memory.swap.max=max"]),
        (#"{"memory":{"limit":5,"swap":5}}"#, ["memory.max=5", "memory.swap.max=0"]),
        (#"{"cpu":{"quota":-1}}"#, ["cpu.max=max 100000"]),
        (#"{"cpu":{"period":20000}}"#, ["cpu.max=max 20000"]),
        (#"{"cpu":{"quota":7,"period":0}}"#, ["cpu.max=7 100000"]),
        (#"{"unified":{"memory.high":"1","cgroup.freeze":"0"}}"#, ["cgroup.freeze=0", "memory.high=1"]),
    ])
    func edgesOfVersion2(json: String, expected: [String]) throws {
        #expect(try CgroupSetting.v2(try resources(json)).map { "\($0.file)=\($0.value)" } == expected)
    }

    @Test(arguments: [
        #"{"memory":{"swap":5}}"#, #"{"memory":{"limit":5,"swap":4}}"#, #"{"unified":{"../x.y":"1"}}"#,
        #"{"unified":{"x":"1"}}"#, #"{"unified":{".x":"1"}}"#,
    ])
    func impossibleLimitsOfVersion2(json: String) throws {
        let resources = try resources(json)
        #expect(throws: CgroupError.self) { try CgroupSetting.v2(resources) }
    }

    @Test func scales() {
        #expect(CgroupSetting.weight(ofShares: 0) == 1 && CgroupSetting.weight(ofShares: 2) == 1)
        #expect(CgroupSetting.weight(ofShares: 262_144) == 10_000)
        #expect(CgroupSetting.weight(ofShares: .max) == 10_000)
        #expect(CgroupSetting.weight(ofBlockIO: 10) == 1 && CgroupSetting.weight(ofBlockIO: 1000) == 10_000)
    }
}

@Suite("Cgroup records")
struct CgroupRecordTests {
    @Test(arguments: [
        #"{"cgroupunknown":null}"#,
        #"{"cgroupv1":{"name":"/a","own":{"cpu":true},"parents":{}}}"#,
        #"{"cgroupv2":{"controllers":["cpu"],"mountpoint":"/m","own":["/m/a"],"path":"/a"}}"#,
        #"{"cgroupsystemd":{"Name":"n","Parent":"p"}}"#,
        #"{"cgroupsystemd":{"Name":"n","Parent":"a.slice","ScopePrefix":"c","controllers":[],"mountpoint":"/m","own":[],"path":"/a"}}"#,
    ])
    func formsOfTheStateFileRoundTrip(text: String) throws {
        let json = try JSONValue.parse(Array(text.utf8))
        #expect(CgroupRecord(json: json).json == json)
    }

    @Test func goWritesNullForWhatIsEmpty() throws {
        let json = try JSONValue.parse(
            Array(#"{"cgroupv1":{"name":"/a","parents":null,"own":{"cpu":false}}}"#.utf8))
        #expect(CgroupRecord(json: json) == .v1(name: "/a", parents: [:], own: []))
        #expect(CgroupRecord(json: nil) == .none)
        #expect(CgroupHost(v1: [:], v2: nil).open(.none) == nil)
    }
}

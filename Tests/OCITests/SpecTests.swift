import OCI
import Testing

@Suite("Spec")
struct SpecTests {
    static let full = #"""
        {"ociVersion":"1.0.2-dev","hostname":"h","unknown":{"kept":[1,2.5]},
         "process":{"terminal":true,"consoleSize":{"height":24,"width":80},
           "user":{"uid":1,"gid":2,"umask":18,"additionalGids":[3,4]},
           "args":["sh","-c","true"],"env":["A=b"],"cwd":"/w",
           "capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":null},
           "rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":1024}],
           "noNewPrivileges":true,"oomScoreAdj":-998,"extra":"x"},
         "root":{"path":"rootfs","readonly":true},
         "mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]},
           {"destination":"/d","type":"none","source":"data","options":["rbind","ro"],"newField":7}],
         "hooks":{"prestart":[{"path":"/bin/x","args":["x","y"],"env":["E=1"],"timeout":5}]},
         "annotations":{"a":"b"},
         "linux":{"uidMappings":null,"namespaces":[{"type":"pid"},{"type":"network","path":"/run/netns/x"},{"type":"uts"}],
           "cgroupsPath":"/k8s/c","seccomp":{"defaultAction":"SCMP_ACT_ERRNO"},"sysctl":{"net.x":"1"},
           "resources":{"memory":{"limit":1048576,"swap":-1},"cpu":{"shares":512,"quota":50000,"period":100000,"cpus":"0-1"},
             "pids":{"limit":100},"hugepageLimits":[{"pageSize":"2MB","limit":0}],"unified":{"memory.high":"1"},
             "blockIO":{"weight":100,"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":5}]},
             "devices":[{"allow":false,"access":"rwm"}]},
           "devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":438,"uid":0,"gid":0}]}}
        """#

    private func spec(_ text: String) throws(SpecError) -> Spec {
        try SpecDocument(parsing: [UInt8](text.utf8)).spec
    }

    @Test func everyFieldOfTheViewIsRead() throws {
        let spec = try spec(Self.full)
        let process = try #require(spec.process)
        #expect(process.terminal && process.noNewPrivileges)
        #expect(process.consoleSize == Spec.ConsoleSize(height: 24, width: 80))
        #expect(process.user == Spec.User(uid: 1, gid: 2, umask: 18, additionalGids: [3, 4]))
        #expect(process.args == ["sh", "-c", "true"] && process.env == ["A=b"] && process.cwd == "/w")
        #expect(process.capabilities?.bounding == ["CAP_KILL"] && process.capabilities?.permitted == [])
        #expect(process.rlimits == [Spec.Rlimit(type: "RLIMIT_NOFILE", hard: .max, soft: 1024)])
        #expect(process.oomScoreAdj == -998)
        #expect(spec.root == Spec.Root(path: "rootfs", readonly: true))
        #expect(spec.mounts.map(\.isServedByGofer) == [false, true])
        #expect(
            spec.hooks?.prestart == [Spec.Hook(path: "/bin/x", args: ["x", "y"], env: ["E=1"], timeout: 5)])
        #expect(spec.annotations == ["a": "b"])
        let linux = try #require(spec.linux)
        #expect(linux.namespace(.network)?.path == "/run/netns/x")
        #expect(linux.namespace(.pid)?.path == nil && linux.namespace(.user) == nil)
        #expect(linux.uidMappings.isEmpty && linux.cgroupsPath == "/k8s/c" && linux.sysctl == ["net.x": "1"])
        #expect(linux.seccomp != nil && linux.devices.first?.fileMode == 438)
        let resources = try #require(linux.resources)
        #expect(resources.memory?.limit == 1_048_576 && resources.memory?.swap == -1)
        #expect(resources.cpu?.shares == 512 && resources.cpu?.cpus == "0-1")
        #expect(resources.pids?.limit == 100 && resources.hugepageLimits.first?.pageSize == "2MB")
        #expect(resources.blockIO?.throttleReadBpsDevice.first?.rate == 5)
        #expect(resources.unified == ["memory.high": "1"] && resources.devices.first?.access == "rwm")
    }

    @Test func nothingAndNullAreEmpty() throws {
        let bare = try spec("{}")
        #expect(bare.process == nil && bare.linux == nil && bare.mounts.isEmpty && bare.annotations.isEmpty)
        let null = try spec(
            #"{"process":{"args":null,"user":null},"mounts":null,"annotations":null,"linux":null}"#)
        #expect(null.process?.args == [] && null.process?.user.uid == 0 && null.linux == nil)
    }

    @Test(arguments: [
        (#"{"process":{"args":"sh"}}"#, "config.json: process.args: expected an array of strings"),
        (#"{"process":{"args":["sh",1]}}"#, "config.json: process.args: expected an array of strings"),
        (#"{"process":[]}"#, "config.json: process: expected an object"),
        (#"{"process":{"terminal":"yes"}}"#, "config.json: process.terminal: expected true or false"),
        (
            #"{"process":{"user":{"uid":-1}}}"#,
            "config.json: process.user.uid: expected a whole number from 0 to 4294967295"
        ),
        (#"{"mounts":[{},{"options":3}]}"#, "config.json: mounts[1].options: expected an array of strings"),
        (#"{"mounts":{}}"#, "config.json: mounts: expected an array of objects"),
        (#"{"annotations":{"k":1}}"#, "config.json: annotations.k: expected a string"),
        (#"{"linux":{"cgroupsPath":1}}"#, "config.json: linux.cgroupsPath: expected a string"),
        ("[]", "config.json: expected an object"),
    ])
    func aWrongKindIsNamed(text: String, message: String) {
        #expect {
            _ = try spec(text)
        } throws: {
            ($0 as? SpecError)?.description == message
        }
    }

    @Test func limitsNameTheDocument() {
        #expect {
            _ = try spec(String(repeating: "[", count: 65))
        } throws: {
            ($0 as? SpecError)?.description == "config.json: json document is nested deeper than 64 levels"
        }
    }

    @Test func aProcessAndResourcesComeAlone() throws {
        let process = try Spec.Process.parse(
            [UInt8](#"{"args":["ls"],"cwd":"/","user":{"uid":5,"gid":6}}"#.utf8))
        #expect(process.args == ["ls"] && process.user.gid == 6)
        #expect(throws: SpecError.wrongType(path: "process spec: cwd", expected: "a string")) {
            try Spec.Process.parse([UInt8](#"{"cwd":5}"#.utf8))
        }
        let resources = try Spec.LinuxResources.parse([UInt8](#"{"pids":{"limit":5}}"#.utf8))
        #expect(resources.pids?.limit == 5)
    }

    @Test func edgeCasesOfValidation() throws {
        func validate(_ edit: (inout JSONValue) -> Void) throws -> [Spec.Warning] {
            var document = try SpecDocument(parsing: [UInt8](Self.full.utf8))
            try document.edit(edit)
            return try document.spec.validate()
        }
        #expect(try validate { _ in } == [.seccompIgnored])
        #expect(
            try validate { $0[["process", "apparmorProfile"]] = "p" }
                == [.appArmorIgnored(profile: "p"), .seccompIgnored])
        let refused: [([String], JSONValue?, String)] = [
            (["process", "selinuxLabel"], "u:r:t", "SELinux is not supported: process label \"u:r:t\""),
            (["process", "args"], [], "config.json: process.args: must not be empty"),
            (["process", "args"], ["a\0b"], "config.json: process.args: contains a NUL byte"),
            (["process", "cwd"], "rel", "config.json: process.cwd: \"rel\" is not absolute"),
            (["process"], nil, "config.json: process: missing"),
            (
                ["linux", "namespaces"], [["type": "pid"]],
                "config.json: hostname: \"h\" needs a namespace of type \"uts\""
            ),
            (["root"], nil, "config.json: root.path: missing"),
            (["root", "path"], "", "config.json: root.path: missing"),
            (
                ["mounts"], [["destination": "/d", "source": "/s", "options": ["rbind", "rshared"]]],
                "mounts[0] (/d): mount option \"rshared\": what the sandbox mounts never reaches the host"
            ),
            (
                ["linux", "rootfsPropagation"], "shared",
                "linux.rootfsPropagation: \"shared\": nothing that the sandbox mounts reaches the host"
            ),
            (
                ["ociVersion"], "2.0.0",
                "config.json: ociVersion: \"2.0.0\" is not a version 1 of the specification"
            ),
            (
                ["ociVersion"], "10.0",
                "config.json: ociVersion: \"10.0\" is not a version 1 of the specification"
            ),
            (
                ["annotations", "io.kubernetes.cri.container-type"], "pod",
                "config.json: annotations.io.kubernetes.cri.container-type: unknown container type \"pod\""
            ),
        ]
        for (path, value, message) in refused {
            #expect {
                _ = try validate { $0[path] = value }
            } throws: {
                ($0 as? SpecError)?.description == message
            }
        }
    }
}

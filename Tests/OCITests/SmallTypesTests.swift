import OCI
import Testing

@Suite("Annotations, ids, capabilities, state")
struct SmallTypesTests {
    @Test func theRoleOfAContainer() throws {
        typealias Key = Annotations.Key
        #expect(try Annotations([:]).containerRole() == .sandbox)
        #expect(
            try Annotations([Key.containerType: "sandbox", Key.sandboxID: "p"]).containerRole() == .sandbox)
        let container = [Key.containerType: "container", Key.sandboxID: "p"]
        #expect(try Annotations(container).containerRole() == .container(sandboxID: "p"))
        let crio = [Key.crioContainerType: "container", Key.crioSandboxID: "q"]
        #expect(try Annotations(crio).containerRole() == .container(sandboxID: "q"))
        // containerd's key wins.
        let both = [Key.containerType: "sandbox", Key.crioContainerType: "container", Key.crioSandboxID: "q"]
        #expect(try Annotations(both).containerRole() == .sandbox)
        for bad in [[Key.containerType: "container"], [Key.containerType: "x"], [Key.crioContainerType: ""]] {
            #expect(throws: SpecError.self) { try Annotations(bad).containerRole() }
        }
    }

    @Test func flagsHintsAndPodResources() throws {
        let annotations = Annotations([
            "dev.gvisor.flag.debug": "true", "dev.gvisor.flag.": "x", "dev.gvisor.bundle.fast": "true",
            "dev.gvisor.spec.mount.my.vol.source": "/s", "dev.gvisor.spec.mount.my.vol.type": "tmpfs",
            "dev.gvisor.spec.mount.nofield": "x", "io.kubernetes.cri.sandbox-memory": "1024",
            "io.kubernetes.cri.sandbox-cpu-quota": "-1", "io.kubernetes.cri.sandbox-cpu-shares": "0",
        ])
        #expect(annotations.flags == ["debug": "true"])
        #expect(annotations.flagBundles == ["fast": "true"])
        #expect(annotations.mountHints == ["my.vol": ["source": "/s", "type": "tmpfs"]])
        let resources = try #require(try annotations.sandboxResources())
        #expect(resources.memory?.limit == 1024 && resources.cpu?.quota == -1 && resources.cpu?.shares == nil)
        #expect(try Annotations([:]).sandboxResources() == nil)
        let crio = try Annotations([
            Annotations.Key.crioContainerType: "sandbox",
            Annotations.Key.crioResources:
                #"{"cpu_period":100000,"cpu_quota":50000,"cpu_shares":0,"memory_limit_in_bytes":209715200}"#,
        ]).sandboxResources()
        #expect(crio?.memory?.limit == 209_715_200 && crio?.cpu?.quota == 50000 && crio?.cpu?.shares == nil)
        #expect(throws: SpecError.self) {
            try Annotations([
                Annotations.Key.crioContainerType: "sandbox", Annotations.Key.crioResources: "512M",
            ]).sandboxResources()
        }
        // Under containerd whoever writes a pod may have written it.
        #expect(try Annotations([Annotations.Key.crioResources: "512M"]).sandboxResources() == nil)
        #expect(throws: SpecError.self) {
            try Annotations([Annotations.Key.sandboxMemory: "1G"]).sandboxResources()
        }
    }

    @Test(arguments: ["a", "abc_1+2.3-4", "...", ".a", String(repeating: "x", count: 92)])
    func goodIDs(_ text: String) throws {
        #expect(try ContainerID(text).text == text)
    }

    @Test(arguments: [
        "", ".", "..", "a/b", "a b", "a\n", "é", "a,b", "a:b", "a\0", String(repeating: "x", count: 93),
    ])
    func badIDs(_ text: String) {
        #expect(throws: ContainerID.Invalid.self) { try ContainerID(text) }
    }

    @Test func capabilitiesHaveTheNumbersOfLinux() throws {
        #expect(Capability.names.count == 41)
        #expect(Capability.number(of: "CAP_CHOWN") == 0)
        #expect(Capability.number(of: "CAP_SYS_CHROOT") == 18)
        #expect(Capability.number(of: "CAP_SYS_ADMIN") == 21)
        #expect(Capability.number(of: "CAP_SETFCAP") == 31)
        #expect(Capability.number(of: "CAP_CHECKPOINT_RESTORE") == 40)
        #expect(try Capability.mask(of: ["CAP_CHOWN", "CAP_KILL", "CAP_KILL"]) == 0b100001)
        #expect(try Capability.mask(of: Capability.names) == (1 << 41) - 1)
        #expect(throws: Capability.Unknown(name: "cap_kill")) {
            try Capability.mask(of: ["CAP_CHOWN", "cap_kill"])
        }
    }

    @Test func theStateLeavesOutWhatIsEmpty() throws {
        let running = State(
            ociVersion: "1.0.2", id: "c", status: .running, pid: 7, bundle: "/b", annotations: ["k": "v"])
        #expect(
            String(decoding: try running.serialised(), as: UTF8.self)
                == #"{"annotations":{"k":"v"},"bundle":"/b","id":"c","ociVersion":"1.0.2","pid":7,"status":"running"}"#
        )
        let stopped = State(ociVersion: "1.0.2", id: "c", status: .stopped, pid: 0, bundle: "/b")
        #expect(
            String(decoding: try stopped.serialised(), as: UTF8.self)
                == #"{"bundle":"/b","id":"c","ociVersion":"1.0.2","status":"stopped"}"#)
    }
}

import Messages
import OCI
import Runtime
import Proc
import Sys
import Testing

@testable import Shim

@Suite("The bundle of a pod's sandbox")
struct PodBundleTests {
    private let directory = Scratch()
    private var bundle: PodBundle { PodBundle(path: directory.path) }

    private func request(netns: String = "/run/netns/x", rootfs: [RootfsMount] = []) -> CreateSandboxRequest {
        CreateSandboxRequest(
            sandboxID: "s", bundlePath: directory.path, rootfs: rootfs, netnsPath: netns,
            annotations: ["given": "1"])
    }

    private func written(
        _ config: PodSandboxConfig = PodSandboxConfig(), _ request: CreateSandboxRequest? = nil
    ) throws -> SpecDocument {
        try bundle.write(request ?? self.request(), config)
        return try SpecDocument(parsing: File.read(bundle.config))
    }

    private func text(_ name: String) throws -> String { try File.readText("\(directory.path)/\(name)") }

    private func namespaces(_ options: NamespaceOption) -> PodSandboxConfig {
        PodSandboxConfig(
            linux: LinuxPodSandboxConfig(
                securityContext: LinuxSandboxSecurityContext(namespaceOptions: options)))
    }

    private func kinds(_ document: SpecDocument) -> [String] {
        (document.raw[["linux", "namespaces"]]?.array ?? []).compactMap { $0["type"]?.string }.sorted()
    }

    @Test func aKubeletsPodHasTheShimsOwnProgram() throws {
        let document = try written(
            PodSandboxConfig(
                metadata: PodSandboxMetadata(name: "p", uid: "u", namespace: "n"), hostname: "pod",
                logDirectory: "/logs",
                annotations: [
                    "dev.gvisor.flag.debug": "true", Annotations.Key.containerType: "container", "other": "1",
                ],
                linux: LinuxPodSandboxConfig(cgroupParent: "/kube/pod", sysctls: ["kernel.msgmax": "1"])))
        let spec = document.spec
        #expect(spec.process?.args == ["/pause"] && spec.root == Spec.Root(path: "root", readonly: true))
        #expect(spec.hostname == "pod")
        #expect(spec.linux?.cgroupsPath == "/kube/pod/s")
        #expect(document.raw[["linux", "sysctl", "kernel.msgmax"]]?.string == "1")
        #expect(kinds(document) == ["ipc", "mount", "network", "pid", "uts"])
        #expect(spec.linux?.namespace(.network)?.path == "/run/netns/x")
        let annotations = Annotations(spec.annotations)
        #expect(try annotations.containerRole() == .sandbox)
        #expect(annotations["given"] == "1" && annotations[Annotations.Key.sandboxName] == "p")
        #expect(annotations[Annotations.Key.sandboxLogDirectory] == "/logs")
        // Of the pod's, those that are meant for gVisor.
        #expect(annotations.flags == ["debug": "true"] && annotations["other"] == nil)
        #expect(try spec.validate().isEmpty)
        #expect(try File.read(directory.path + "/root/pause") == PauseProgram.file)
        #expect(mode(directory.path + "/root/pause") == 0o555)
    }

    @Test func filesSayWhoThePodIs() throws {
        let dns = DNSConfig(servers: ["1.1.1.1", "2.2.2.2"], searches: ["a", "b"], options: ["ndots:5"])
        _ = try written(PodSandboxConfig(hostname: "pod", dnsConfig: dns))
        #expect(try text("etc/hostname") == "pod\n")
        #expect(
            try text("etc/resolv.conf")
                == "search a b\nnameserver 1.1.1.1\nnameserver 2.2.2.2\noptions ndots:5\n")
        #expect(try text("etc/hosts") == File.readText("/etc/hosts"))
    }

    @Test func whatIsNotSaidIsTheHosts() throws {
        _ = try written()
        #expect(try text("etc/hostname") == File.readText("/proc/sys/kernel/hostname"))
        let host = (try? File.readText("/etc/resolv.conf")) ?? ""
        #expect(try text("etc/resolv.conf") == host)
    }

    @Test func namespacesAreThePodsOrTheHosts() throws {
        var config = namespaces(NamespaceOption(network: .node, pid: .node, ipc: .node))
        config.hostname = "pod"
        let document = try written(config)
        #expect(kinds(document) == ["mount"] && document.spec.hostname.isEmpty)
    }

    @Test func withoutANetworkNamespaceThePodIsAlone() throws {
        let document = try written(PodSandboxConfig(), request(netns: ""))
        let network = try #require(document.spec.linux?.namespace(.network))
        #expect(network.path == nil)
    }

    @Test func aUserNamespaceOfThePodIsRefused() throws {
        let config = namespaces(NamespaceOption(usernsOptions: UserNamespace(mode: .pod)))
        do {
            _ = try written(config)
            Issue.record("accepted")
        } catch let error as ProcessError {
            #expect(error.kind == .unsupported)
        }
        #expect(throws: Never.self) {
            try written(namespaces(NamespaceOption(usernsOptions: UserNamespace(mode: .node))))
        }
    }

    @Test func limitsAreThoseOfTheContainersAndTheOverhead() throws {
        let config = PodSandboxConfig(
            linux: LinuxPodSandboxConfig(
                overhead: LinuxContainerResources(
                    cpuPeriod: 100_000, cpuQuota: 5000, cpuShares: 10, memoryLimitInBytes: 100),
                resources: LinuxContainerResources(
                    cpuPeriod: 100_000, cpuQuota: 20_000, cpuShares: 512, memoryLimitInBytes: 1000)))
        let resources = try written(config).spec.linux?.resources
        #expect(resources?.memory?.limit == 1100)
        #expect(resources?.cpu?.quota == 25_000 && resources?.cpu?.period == 100_000)
        #expect(resources?.cpu?.shares == 522)
    }

    @Test func overheadAloneIsNoLimit() throws {
        let config = PodSandboxConfig(
            linux: LinuxPodSandboxConfig(overhead: LinuxContainerResources(memoryLimitInBytes: 100)))
        #expect(try written(config).spec.linux?.resources?.memory?.limit == nil)
    }

    @Test func aSliceIsNamedAsForSystemd() throws {
        let config = PodSandboxConfig(linux: LinuxPodSandboxConfig(cgroupParent: "/kube/pod.slice"))
        #expect(try written(config).spec.linux?.cgroupsPath == "pod.slice:cri-containerd:s")
    }

    @Test func aClientsOwnSpecIsKept() throws {
        let given = #"{"ociVersion":"1.0","hostname":"mine","process":{"args":["x"]},"extra":1}"#
        try directory.file("config.json", given)
        var document = try written()
        #expect(document.spec.hostname == "mine" && document.raw["extra"]?.int64 == 1)
        #expect(document.spec.process?.args == ["/pause"])
        try directory.file("config.json", given)
        document = try written(PodSandboxConfig(), request(rootfs: [RootfsMount(type: "bind")]))
        #expect(document.spec.process?.args == ["x"])
    }

    @Test func aSandboxsBundleIsKnownByItsPlaceOrItsEmptiness() throws {
        #expect(PodBundle.isOne(directory.path))
        try directory.file("config.json", "{}")
        #expect(!PodBundle.isOne(directory.path))
        let place = directory.path + "/io.containerd.sandbox.controller.v1.shim/k8s.io/s"
        try Directory.make(place, mode: 0o700)
        try File.writeAtomically(Array("{}".utf8), to: place + "/config.json", mode: 0o600)
        #expect(PodBundle.isOne(place))
    }
}

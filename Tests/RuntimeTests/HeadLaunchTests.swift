import Foundation
import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

/// What upstream's current release expects of its launcher, with a stand-in that prints that release's help and
/// writes down how it is started.
@Suite("The launch of upstream's current release", .serialized, .timeLimit(.minutes(1)))
struct HeadLaunchTests {
    /// A directory with the stand-in as `runsc`, and a bundle.
    private final class Place: Sendable {
        let directory: TemporaryDirectory
        let volume: TemporaryDirectory
        var runsc: String { directory.path("runsc") }

        init(sidecar: Bool) throws {
            directory = try TemporaryDirectory("restore-head")
            volume = try TemporaryDirectory("restore-volume")
            let products = Bundle.main.executableURL?.deletingLastPathComponent().path ?? ""
            let built = [products, Bundle.module.bundleURL.deletingLastPathComponent().path]
                .map { $0 + "/StandInRunsc" }.first { File.exists($0) }
            let program = try #require(built, "the stand-in is not built")
            try FileManager.default.copyItem(atPath: program, toPath: directory.path("runsc"))
            if sidecar {
                try Directory.make(directory.path("gvisor-bin"), mode: 0o755)
                try FileManager.default.copyItem(
                    atPath: program, toPath: directory.path("gvisor-bin/gvisor_sentry"))
            }
            for name in ["version", "help-boot", "help-gofer", "flags"] {
                try directory.write(GoldenContract.text("head-\(name)"), to: "head-\(name).txt")
            }
            try volume.write("here", to: "file")
        }

        func report() throws -> [String] {
            try File.readText(directory.path("report")).split(separator: "\n").map(String.init)
        }
    }

    private func launch(
        _ place: Place, flags: [String: String] = [:], annotations: [String: String] = [:]
    ) async throws -> (id: String, bundle: String, report: [String]) {
        let bundle = try TestBundle(
            args: ["sleep", "1"],
            annotations: annotations.merging(["test.source": place.volume.path]) { $1 })
        var spec = try JSONValue.parse(File.read("\(bundle.path)/config.json"))
        spec["mounts"] = [
            [
                "type": "bind", "source": .string(place.volume.path), "destination": "/data",
                "options": ["rbind"],
            ]
        ]
        try File.writeAtomically(spec.serialised(), to: "\(bundle.path)/config.json", mode: 0o644)
        // As the release's own command line does it.
        let runsc = Runsc(
            configuration: RuntimeConfiguration(
                binary: place.runsc, root: bundle.root,
                flags: flags.merging(["ignore-cgroups": "true"]) { $1 }, launchPath: .staged))
        let null = try File.open("/dev/null", [.readWrite])
        let id = "h\(UInt32.random(in: 0 ... .max))"
        let container = try await runsc.create(
            CreateRequest(
                id: id, bundle: bundle.path, stdio: .files(input: null, output: null, error: null)))
        do {
            try await container.start()
            try await container.signal(Signal.kill, to: .initProcess)
            #expect(await container.wait().code == 137)
        } catch {
            Issue.record("\(error)")
        }
        try await container.destroy()
        return (id, bundle.path, try place.report())
    }

    private func words(_ report: [String], _ who: String) throws -> [String] {
        let line = try #require(report.first { $0.hasPrefix("\(who): \(who)") }, "\(report)")
        return line.split(separator: " ").dropFirst(2).map(String.init)
    }

    @Test("the gofer gets its id, a socket to ask by, and exactly its descriptors")
    func gofer() async throws {
        let place = try Place(sidecar: false)
        let it = try await launch(place)
        #expect(
            try words(it.report, "gofer") == [
                "--bundle=\(it.bundle)", "--gofer-mount-confs=lisafs:self,lisafs:none", "--spec-fd=3",
                "--mounts-fd=4", "--rpc-fd=5", "--io-fds=6", "--io-fds=7", it.id,
            ])
        #expect(it.report.contains("gofer descriptors: 0 1 2 3 4 5 6 7"))
        #expect(it.report.contains("gofer pid: 1"))
    }

    @Test("the gofer may open its own mounts by way of the launcher, and nothing else")
    func openMount() async throws {
        let place = try Place(sidecar: false)
        let it = try await launch(place)
        #expect(it.report.contains("gofer mount \(place.volume.path): has the file"), "\(it.report)")
        let refusal = it.report.first { $0.hasPrefix("gofer mount /etc: ") }
        #expect(refusal?.contains("/etc is no mount of this container") == true, "\(it.report)")
    }

    @Test("the Sentry sets its root up itself, alone in its pid namespace")
    func boot() async throws {
        let place = try Place(sidecar: false)
        let it = try await launch(place)
        let words = try words(it.report, "boot")
        let plain = words.filter { !$0.hasPrefix("--total-") && !$0.hasPrefix("--cpu-") }
        #expect(
            plain == [
                "--bundle=\(it.bundle)", "--gofer-mount-confs=lisafs:self,lisafs:none", "--setup-root",
                "--apply-caps=true", "--dev-io-fd=-1", "--io-fds=3", "--io-fds=4", "--gofer-filestore-fds=5",
                "--mounts-fd=6", "--start-sync-fd=7", "--controller-fd=8", "--spec-fd=9", "--stdio-fds=10",
                "--stdio-fds=11", "--stdio-fds=12", it.id,
            ])
        #expect(
            words.filter { $0.hasPrefix("--total-memory=") || $0.hasPrefix("--total-host-memory=") }.count
                == 2)
        #expect(it.report.contains("boot descriptors: 0 1 2 3 4 5 6 7 8 9 10 11 12"))
        #expect(it.report.contains("boot pid: 1"))
        #expect(it.report.contains("boot mounts: []"))
        #expect(it.report.contains("boot program: runsc"))
    }

    @Test("the network is set before the start, by the release's own call")
    func network() async throws {
        let place = try Place(sidecar: false)
        let calls = try await launch(place).report.filter { $0.hasPrefix("call: ") }.map {
            try JSONValue.parse(Array($0.dropFirst("call: ".count).utf8))
        }
        let methods = calls.compactMap { $0["method"]?.string }
        #expect(
            Array(methods.prefix(2)) == ["containerManager.SetNetworkArgs", "containerManager.StartRoot"],
            "\(methods)")
        #expect(calls.first?[["arg", "LoopbackLinks"]]?.array?.count == 1)
        #expect(calls.first?[["arg", "Defaultv4Gateway", "Route", "MTU"]] == 0)
    }

    @Test("a Sentry of its own beside runsc is the one that is started, and whose flags count")
    func sidecar() async throws {
        let place = try Place(sidecar: true)
        let it = try await launch(place)
        #expect(it.report.contains("boot program: gvisor_sentry"))
        let version = try GoldenContract.load("head").version
        #expect(
            it.report.contains("boot environment: GVISOR_ENFORCE_RELEASE=SKIP:\(version)"), "\(it.report)")
        let strict = try await launch(place, flags: ["sidecar-release-enforcement-policy": "always"])
        #expect(strict.report.contains("boot environment: GVISOR_ENFORCE_RELEASE=\(version)"))
    }

    @Test("what lies beside runsc but cannot be executed is not taken for a Sentry")
    func brokenSidecar() async throws {
        let place = try Place(sidecar: true)
        try #require(chmod(place.directory.path("gvisor-bin/gvisor_sentry"), 0o644) == 0)
        let it = try await launch(place)
        #expect(it.report.contains("boot program: runsc"))
        #expect(it.report.contains("boot environment:"), "\(it.report)")
    }

    @Test("flags that annotations may set are resolved by the launcher")
    func annotations() async throws {
        let place = try Place(sidecar: false)
        let contract = try GoldenContract.load("head")
        let configuration = try RuntimeConfiguration(binary: place.runsc, root: "/r").applying(
            annotations: Annotations(["dev.gvisor.flag.overlay2": "none"]), contract: contract)
        #expect(try configuration.globalFlags(for: contract, network: .loopback).contains("--overlay2=none"))
        let it = try await launch(place, annotations: ["dev.gvisor.flag.overlay2": "none"])
        #expect(
            try words(it.report, "boot").contains("--gofer-mount-confs=lisafs:none,lisafs:none"),
            "\(it.report)")
    }

    @Test("the platform's device is opened for the Sentry, and named when it cannot be")
    func device() async throws {
        let place = try Place(sidecar: false)
        let it = try await launch(place, flags: ["platform": "kvm", "platform_device_path": "/dev/null"])
        #expect(try words(it.report, "boot").contains("--device-fd=10"), "\(it.report)")
        #expect(it.report.contains("boot environment: GODEBUG=asyncpreemptoff=1"))
        let error = await #expect(throws: (any Error).self) {
            try await launch(place, flags: ["platform": "kvm", "platform_device_path": "/dev/no-such"])
        }
        #expect("\(error as Any)".contains("/dev/no-such"))
    }

    @Test("runtime monitoring, which the shim does not set up, is refused")
    func monitoring() async throws {
        let place = try Place(sidecar: false)
        let error = await #expect(throws: RuntimeError.self) {
            try await launch(place, flags: ["pod-init-config": "/etc/session.json"])
        }
        #expect(error?.kind == .unsupported)
    }

    @Test("an overlay may have a size, which no mount can break out of")
    func overlaySize() async throws {
        let place = try Place(sidecar: false)
        let it = try await launch(place, annotations: ["dev.gvisor.flag.overlay2": "all:memory,size=64m"])
        let conf = "lisafs:memory:size=64m"
        #expect(
            try words(it.report, "boot").contains("--gofer-mount-confs=\(conf),\(conf)"), "\(it.report)")
        let contract = try GoldenContract.load("head")
        for wrong in [
            "root:self,size=", "root:self,size=1:none", "root:self,size=1,lisafs:none", "root:self,x=1",
        ] {
            #expect(throws: RuntimeError.self) { try OverlaySetting(wrong, contract) }
        }
        #expect(throws: RuntimeError.self) {
            try OverlaySetting("root:self,size=1g", GoldenContract.load("r24"))
        }
    }

    @Test("what a watchdog does is a word there, a number before", arguments: ["r22", "r24", "head"])
    func watchdog(_ name: String) throws {
        let contract = try GoldenContract.load(name)
        for (flag, number) in [("logwarning", 0), ("panic", 1)] {
            let configuration = RuntimeConfiguration(
                binary: "/runsc", root: "/r", flags: ["watchdog-action": flag])
            let json = configuration.sentryConfiguration(
                for: contract, network: .loopback, overlay: try OverlaySetting("none", contract))
            #expect(json["WatchdogAction"] == (name == "head" ? .string(flag) : JSONValue(number)))
        }
    }
}

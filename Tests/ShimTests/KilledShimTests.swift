import Foundation
import Glibc
import Messages
import OCI
import Runtime
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// The shim as a process of its own over the stand-in for runsc.
private final class ShimProcess: Sendable {
    let directory: TemporaryDirectory
    let id = "killed-\(UInt32.random(in: 0 ... .max))"
    private let program: String

    var bundle: String { directory.path(id) }
    var root: String { directory.path("run/fault-test") }

    init(faults: String) throws {
        let words = CommandLine.arguments
        let tests =
            zip(words, words.dropFirst()).first { $0.0 == "--test-bundle-path" }?.1 ?? words.first ?? ""
        program = Path.split(tests).directory + "/" + ShimVersion.program
        directory = try TemporaryDirectory("killed")
        try FileManager.default.createDirectory(
            atPath: bundle + "/rootfs/proc", withIntermediateDirectories: true)
        let spec: JSONValue = [
            "ociVersion": "1.0.2",
            "process": ["args": ["/proc"], "cwd": "/", "env": [], "user": ["uid": 0, "gid": 0]],
            "root": ["path": "rootfs"],
            "annotations": ["fake-runsc": .string(faults)],
            "linux": ["namespaces": [["type": "pid"], ["type": "network"], ["type": "mount"]]],
        ]
        try File.writeAtomically(spec.serialised(), to: bundle + "/config.json", mode: 0o644)
        guard mkfifo(bundle + "/log", 0o600) == 0 else { throw SysError("mkfifo", bundle, .current) }
    }

    deinit {
        for process in processes { process.kill(SIGKILL) }
        // Of a test that failed.
        if let text = try? File.readText(bundle + "/shim.pid"), let pid = Int32(text) {
            let daemon = ForeignProcess(pid)
            if daemon?.arguments.contains(id) == true { daemon?.kill(SIGKILL) }
        }
    }

    /// The sandbox processes.
    var processes: [ForeignProcess] { ForeignProcess.all { $0.contains("--root=\(root)") } }

    var options: AnyMessage {
        let body = "binary_name = \"\(fakeRunsc ?? "")\"\nroot = \"\(directory.path("run"))\"\n"
        return AnyMessage(
            packing: RuntimeOptions(typeURL: "io.containerd.runsc.v1.options", configBody: Array(body.utf8)))
    }

    /// Runs the shim's program with an action.
    func act(_ words: String...) async throws -> CommandResult {
        try await run(
            program,
            ["-namespace", "fault-test", "-address", "/nowhere/\(directory.path)", "-id", id] + words,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], directory: bundle,
            input: options.encoded()
        ).checked()
    }

    func client() throws -> Client {
        try Client(connecting: .path(try #require(SocketAddress(File.readText(bundle + "/address"))).path))
    }

    func daemon() throws -> ForeignProcess {
        let pid = try #require(Int32(try File.readText(bundle + "/shim.pid")))
        return try #require(ForeignProcess(pid))
    }

    /// What is left on the machine.
    func left() throws -> [String] {
        var left = processes.map { "process \($0.pid)" }
        left += ((try? Directory.list(root)) ?? []).filter { !$0.hasSuffix(".lock") }
        left += try Directory.list(bundle + "/rootfs").filter { $0 != "proc" }
        let host = try CgroupHost.current()
        let roots = host.v1.values.map { $0.mountpoint + $0.own } + [host.v2].compactMap { $0?.mountpoint }
        left += Set(roots).map { "\($0)/\(id)" }.filter(File.exists)
        if let address = SocketAddress(try File.readText(bundle + "/address")), File.exists(address.path) {
            left.append(address.path)
        }
        return left
    }
}

/// Where a shim is when it is killed.
struct Moment: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var faults = ""
    /// The calls before; the last one hangs, if anything does.
    var calls: [String] = []
    /// The sandbox processes that there must be first.
    var processes = 2

    static let all = [
        Moment(testDescription: "before a container", processes: 0),
        Moment(testDescription: "asking the gofer", faults: "gofer=hang;boot=hang", calls: ["Create"]),
        Moment(testDescription: "before the Sentry is ready", faults: "ready=hang", calls: ["Create"]),
        Moment(testDescription: "created", calls: ["Create"]),
        Moment(
            testDescription: "giving the network", faults: "CreateLinksAndRoutes=hang",
            calls: ["Create", "Start"]),
        Moment(testDescription: "starting", faults: "StartRoot=hang", calls: ["Create", "Start"]),
        Moment(testDescription: "running", calls: ["Create", "Start"]),
        Moment(testDescription: "killing", faults: "Signal=hang", calls: ["Create", "Start", "Kill"]),
        Moment(
            testDescription: "stopped sandbox", faults: "Signal=stop", calls: ["Create", "Start", "Kill"]),
        Moment(testDescription: "ending", faults: "end=hang", calls: ["Create", "Start", "Kill", "Delete"]),
    ]
}

@Suite(
    "A shim that is killed", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"), .requires(.root),
    .serialized)
struct KilledShimTests {
    @Test("leaves nothing after delete", arguments: Moment.all)
    func delete(_ moment: Moment) async throws {
        let shim = try ShimProcess(faults: moment.faults)
        _ = try await shim.act("start")
        let client = try shim.client()
        let calls = Task { [id = shim.id, bundle = shim.bundle, options = shim.options] in
            for call in moment.calls {
                try await Self.call(call, id, bundle, options, client)
            }
        }
        if moment.faults.isEmpty {
            try await calls.value
        } else {
            // The last call does not return. Its step is reached once the others have, and both processes run.
            try await Task.sleep(for: .milliseconds(700))
        }
        while shim.processes.count < moment.processes { try await Task.sleep(for: .milliseconds(20)) }
        let daemon = try shim.daemon()
        daemon.kill(SIGKILL)
        try await withDeadline(.seconds(10), "end of the daemon") { try await daemon.ended() }
        let began = ContinuousClock.now
        let answer = try DeleteResponse(decoding: try await shim.act("-bundle", shim.bundle, "delete").output)
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(answer.exitStatus == 137)
        #expect(try shim.left() == [])
        // Once more, with nothing there.
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        client.close()
        _ = await calls.result
    }

    private static func call(
        _ name: String, _ id: String, _ bundle: String, _ options: AnyMessage, _ client: Client
    ) async throws {
        let service = "containerd.task.v2.Task"
        let limit = Duration.seconds(20)
        switch name {
        case "Create":
            let request = CreateTaskRequest(id: id, bundle: bundle, options: options)
            let _: CreateTaskResponse = try await client.call(service, name, request, timeout: limit)
        case "Start":
            let _: StartResponse = try await client.call(service, name, StartRequest(id: id), timeout: limit)
        case "Kill":
            let _: Empty = try await client.call(
                service, name, KillRequest(id: id, signal: 9), timeout: limit)
        case "Wait":
            let _: WaitResponse = try await client.call(service, name, WaitRequest(id: id), timeout: limit)
        default:
            let _: DeleteResponse = try await client.call(
                service, name, DeleteRequest(id: id), timeout: limit)
        }
    }

    /// One shim through all faults that end at once: nothing of it grows.
    @Test("a shim holds no more descriptors and children after faults than before")
    func descriptors() async throws {
        let shim = try ShimProcess(faults: "")
        _ = try await shim.act("start")
        let client = try shim.client()
        let daemon = try shim.daemon()
        func round() async throws {
            for fault in ["", "boot=exit", "ready=die", "StartRoot=fail", "StartRoot=die", "Wait=close"] {
                let spec = try File.readText(shim.bundle + "/config.json")
                let edited = spec.replacing(/"fake-runsc":"[^"]*"/, with: "\"fake-runsc\":\"\(fault)\"")
                try File.writeAtomically(Array(edited.utf8), to: shim.bundle + "/config.json", mode: 0o644)
                for call in ["Create", "Start", "Kill", "Wait", "Delete"] {
                    try? await Self.call(call, shim.id, shim.bundle, shim.options, client)
                }
            }
        }
        func held() throws -> [String: Int] {
            let links = try Directory.list("/proc/\(daemon.pid)/fd").compactMap { Int($0) }
            let children = try Directory.list("/proc/\(daemon.pid)/task").compactMap {
                try? File.readText("/proc/\(daemon.pid)/task/\($0)/children")
            }
            return [
                "descriptors": links.count,
                "children": children.joined(separator: " ").split(separator: " ").count,
            ]
        }
        try await round()
        let before = try held()
        for _ in 0..<5 { try await round() }
        #expect(try held() == before)
        #expect(before["children"] == 0)
        daemon.kill(SIGKILL)
        client.close()
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(try shim.left() == [])
    }
}

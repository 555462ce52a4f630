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
final class ShimProcess: Sendable {
    let directory: TemporaryDirectory
    let id = "killed-\(UInt32.random(in: 0 ... .max))"
    let program: String

    var bundle: String { directory.path(id) }
    var root: String { directory.path("run/fault-test") }

    init(faults: String) throws {
        program = builtProgram(ShimVersion.program)
        directory = try TemporaryDirectory("killed")
        try FileManager.default.createDirectory(
            atPath: bundle + "/rootfs/proc", withIntermediateDirectories: true)
        try writeConfig(faults: faults)
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

    /// Writes the config.json of the container's next life.
    func writeConfig(faults: String, mounts: JSONValue = []) throws {
        let spec: JSONValue = [
            "ociVersion": "1.0.2",
            "process": ["args": ["/proc"], "cwd": "/", "env": [], "user": ["uid": 0, "gid": 0]],
            "root": ["path": "rootfs"], "mounts": mounts,
            "annotations": ["fake-runsc": .string(faults)],
            "linux": ["namespaces": [["type": "pid"], ["type": "network"], ["type": "mount"]]],
        ]
        try File.writeAtomically(spec.serialised(), to: bundle + "/config.json", mode: 0o644)
    }

    /// The sandbox processes.
    var processes: [ForeignProcess] { ForeignProcess.all { $0.contains("--root=\(root)") } }

    var options: AnyMessage {
        let body = "binary_name = \"\(fakeRunsc ?? "")\"\nroot = \"\(directory.path("run"))\"\n"
        return AnyMessage(
            packing: RuntimeOptions(typeURL: "io.containerd.runsc.v1.options", configBody: Array(body.utf8)))
    }

    /// Runs the shim's program with an action.
    ///
    /// - Parameter wrapper: A program and its first arguments, which is to execute it.
    func act(_ words: String..., through wrapper: [String] = []) async throws -> CommandResult {
        let line = wrapper + [program]
        return try await run(
            line[0],
            line.dropFirst() + [
                "-namespace", "fault-test", "-address", "/nowhere/\(directory.path)", "-id", id,
            ] + words,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], directory: bundle,
            input: options.encoded()
        ).checked()
    }

    /// A client of the daemon, which answers: until then its process may still be on its way to its program.
    func client() async throws -> Client {
        let address = try #require(SocketAddress(File.readText(bundle + "/address")))
        let client = try Client(connecting: .path(address.path))
        let _: ConnectResponse = try await client.call(
            "containerd.task.v2.Task", "Connect", ConnectRequest(id: id), timeout: .seconds(20))
        return client
    }

    func daemon() throws -> ForeignProcess {
        let pid = try #require(Int32(try File.readText(bundle + "/shim.pid")))
        return try #require(ForeignProcess(pid))
    }

    /// What is left on the machine.
    ///
    /// - Parameter serving: Whether the shim still runs, and has its socket.
    func left(serving: Bool = false) throws -> [String] {
        var left = processes.map { "process \($0.pid)" }
        if !serving {
            left += ForeignProcess.all { $0.contains(id) }.map { "process \($0.pid): \($0.arguments)" }
        }
        left += (try? Directory.list(root)) ?? []
        left += try Directory.list(bundle + "/rootfs").filter { $0 != "proc" }
        let host = try CgroupHost.current()
        let roots = host.v1.values.map { $0.mountpoint + $0.own } + [host.v2].compactMap { $0?.mountpoint }
        left += Set(roots).map { "\($0)/\(id)" }.filter(File.exists)
        if !serving, let text = try? File.readText(bundle + "/address"), let address = SocketAddress(text),
            File.exists(address.path)
        {
            left.append(address.path)
        }
        return left
    }

    /// What a daemon has open, and how many children.
    func held(by daemon: ForeignProcess) throws -> [String: Int] {
        var held: [String: Int] = [:]
        for number in try Directory.list("/proc/\(daemon.pid)/fd") {
            // Without the numbers of sockets and pipes, which are never the same. One that has just been closed has no name.
            guard let name = try? File.readLink("/proc/\(daemon.pid)/fd/\(number)") else { continue }
            held[String(name.prefix { $0 != "[" }), default: 0] += 1
        }
        let children = try Directory.list("/proc/\(daemon.pid)/task").compactMap {
            try? File.readText("/proc/\(daemon.pid)/task/\($0)/children")
        }
        held["children"] = children.joined(separator: " ").split(separator: " ").count
        return held
    }

    /// Expects that a daemon comes to hold no more than it did: what it has open for a moment, to tell of an event, may
    /// have been there then or be there now.
    func expectNothingMore(than before: [String: Int], by daemon: ForeignProcess) async throws {
        let limit = ContinuousClock.now + .seconds(5)
        var more: [String: Int]
        repeat {
            more = try held(by: daemon).filter { $0.value > before[$0.key, default: 0] }
            if more.isEmpty { return }
            try await Task.sleep(for: .milliseconds(20))
        } while ContinuousClock.now < limit
        Issue.record("more is held: \(more), before: \(before)")
    }

    /// Makes one call of a container's life, by its name.
    func call(_ name: String, _ client: Client) async throws {
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
}

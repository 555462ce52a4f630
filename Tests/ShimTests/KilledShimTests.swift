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
        let client = try await shim.client()
        let calls = Task {
            for call in moment.calls { try await shim.call(call, client) }
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

    @Test("that is stopped, is killed by delete; one whose first container was deleted serves on")
    func live() async throws {
        let shim = try ShimProcess(faults: "")
        _ = try await shim.act("start")
        let client = try await shim.client()
        for call in ["Create", "Start"] { try await shim.call(call, client) }
        let daemon = try shim.daemon()
        daemon.kill(SIGSTOP)
        client.close()
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        try await withDeadline(.seconds(10), "end of the daemon") { try await daemon.ended() }
        #expect(try shim.left() == [])

        _ = try await shim.act("start")
        let other = try shim.daemon()
        let address = try #require(SocketAddress(File.readText(shim.bundle + "/address")))
        // The bundle of the next container of that id.
        try FileManager.default.removeItem(atPath: shim.bundle)
        try FileManager.default.createDirectory(
            atPath: shim.bundle + "/rootfs", withIntermediateDirectories: true)
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(ForeignProcess(other.pid) != nil)
        #expect(try address.isLive())
        other.kill(SIGKILL)
        try await other.ended()
        try File.remove(address.path)
    }

    @Test("for want of memory leaves nothing after delete")
    func outOfMemory() async throws {
        let host = try CgroupHost.current()
        let (root, limit) =
            host.v1["memory"].map { ($0.mountpoint, "memory.limit_in_bytes") }
            ?? (host.v2?.mountpoint ?? "", "memory.max")
        let shim = try ShimProcess(faults: "")
        _ = try await shim.act("start")
        let client = try await shim.client()
        for call in ["Create", "Start"] { try await shim.call(call, client) }
        let daemon = try shim.daemon()
        let group = "\(root)/\(shim.id)-shim"
        try Directory.make(group, mode: 0o755)
        // What it has it keeps; it gets little more.
        try File.write("1048576", toExisting: "\(group)/\(limit)")
        try File.write("\(daemon.pid)", toExisting: group + "/cgroup.procs")
        let large = ExecProcessRequest(
            id: shim.id, execID: "e",
            spec: AnyMessage(typeURL: TypeURL.process, value: [UInt8](repeating: 0x20, count: 3 << 20)))
        await #expect(throws: (any Error).self) {
            let _: Empty = try await client.call(
                "containerd.task.v2.Task", "Exec", large, timeout: .seconds(20))
        }
        try await withDeadline(.seconds(10), "end of the daemon") { try await daemon.ended() }
        client.close()
        try Directory.remove(group)
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(try shim.left() == [])
    }

    /// One shim through all faults that end at once: nothing of it grows.
    @Test("a shim holds no more descriptors and children after faults than before")
    func descriptors() async throws {
        let shim = try ShimProcess(faults: "")
        _ = try await shim.act("start")
        let client = try await shim.client()
        let daemon = try shim.daemon()
        func round() async throws {
            for fault in ["", "boot=exit", "ready=die", "StartRoot=fail", "StartRoot=die", "Wait=close"] {
                try shim.writeConfig(faults: fault)
                for call in ["Create", "Start", "Kill", "Wait", "Delete"] {
                    try? await shim.call(call, client)
                }
            }
        }
        try await round()
        let before = try shim.held(by: daemon)
        for _ in 0..<5 { try await round() }
        try await shim.expectNothingMore(than: before, by: daemon)
        #expect(before["children"] == 0)
        daemon.kill(SIGKILL)
        client.close()
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(try shim.left() == [])
    }
}

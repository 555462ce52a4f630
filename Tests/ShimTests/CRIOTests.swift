import Messages
import RuntimeFakes
import Sys
import TTRPC
import TestSupport
import Testing

/// CRI-O starts shims itself and hears no events.
@Suite("Without a containerd", .timeLimit(.minutes(1)))
struct CRIOTests {
    @Test("who ends what has ended is not refused, but who asks whether it is there is", arguments: [9, 15])
    func lateKill(_ signal: UInt32) async throws {
        let it = try TaskFixture(hasContainerd: false)
        try await it.run()
        try await it.tell("Kill", KillRequest(id: "c", signal: 0))
        try it.container.end(0)
        let _: WaitResponse = try await it.call("Wait", WaitRequest(id: "c"))
        try await it.tell("Kill", KillRequest(id: "c", signal: signal))
        await it.refused("Kill", KillRequest(id: "c", signal: 0), .notFound, "process already finished")
        await it.refused("Kill", KillRequest(id: "c", signal: 1), .notFound, "process already finished")
        await it.refused(
            "Kill", KillRequest(id: "c", execID: "e", signal: signal), .notFound,
            "process e does not exist in container c")
        await it.refused("Kill", KillRequest(id: "d", signal: signal), .notFound, "container d not created")
    }

    @Test(
        "a lack of memory is told by a file in the bundle, which is there when the end is",
        arguments: [true, false])
    func outOfMemory(_ hasContainerd: Bool) async throws {
        let bundle = try TemporaryDirectory("bundle")
        let it = try TaskFixture(hasContainerd: hasContainerd)
        let _: CreateTaskResponse = try await it.call(
            "Create", CreateTaskRequest(id: "c", bundle: bundle.path))
        let _: StartResponse = try await it.call("Start", StartRequest(id: "c"))
        try it.container.setOutOfMemory()
        try it.container.end(137)
        let _: WaitResponse = try await it.call("Wait", WaitRequest(id: "c"))
        #expect(File.exists(bundle.path("oom")) == !hasContainerd)
        #expect(it.events.last(TaskOOM.self) == TaskOOM(containerID: "c"))
    }
}

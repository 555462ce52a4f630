import Messages
import RuntimeFakes
import Shim
import TTRPC
import TestSupport
import Testing

/// A client that was quick may ask for a container before containerd's Create has been answered.
@Suite("While a container is being made", .timeLimit(.minutes(1)))
struct CreatingTests {
    @Test("what is asked of it waits for it")
    func waits() async throws {
        let it = try TaskFixture()
        let held = it.runtime.hold()
        async let created: Void = it.create()
        try await it.mounted()
        async let closed: Void = it.tell("CloseIO", CloseIORequest(id: "c", stdin: true))
        async let state: StateResponse = it.call("State", StateRequest(id: "c"))
        // Of others it is known at once that they are not there.
        await it.refused("State", StateRequest(id: "d"), .notFound, "container d not created")
        held.set()
        try await created
        #expect(try await state.status == .created)
        try await closed
    }

    @Test("it is not found when that takes long, or has failed", arguments: [nil, SetUpError("no luck")])
    func ends(_ failure: SetUpError?) async throws {
        let it = try TaskFixture(failing: failure)
        let held = it.runtime.hold()
        let creating = Task { try? await it.create() }
        try await it.mounted()
        let asking = Task {
            await ContinuousClock().measure {
                await it.refused("State", StateRequest(id: "c"), .notFound, "container c not created")
            }
        }
        if failure != nil { held.set() }
        #expect(await asking.value < .seconds(1))
        held.set()
        _ = await creating.value
    }
}

extension TaskFixture {
    /// Waits until the creation of "c" is under way.
    fileprivate func mounted() async throws { await mounts.wait(for: "mount [\"layer\"] /b/rootfs") }
}

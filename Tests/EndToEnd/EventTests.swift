import TestSupport
import Testing

extension EndToEnd {
    /// What containerd's clients are told of a container's life, and in which order.
    @Suite("Events")
    struct EventTests {
        @Test(arguments: Stack.underTest)
        func theEventsOfAContainerComeInOrder(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let log = try await EventLog(containerd)

                let ctr = try containerd.ctrRunning(
                    containerd.runArguments("life", ["sh", "-c", "echo ready; read line; exit 6"]),
                    input: .open)
                try await ctr.printed("ready", within: .seconds(20))
                #expect(try await containerd.exec("life", "more", ["sh", "-c", "exit 5"]).code == 5)
                ctr.closeInput()
                #expect(try await ctr.result(deadline: .seconds(20)).code == 6)

                try await log.deleted("life")
                try await log.stop()
                let all = log.events.filter { $0.containerID == "life" }
                let seen = all.map { event in
                    event.topic
                        + (event.topic == "/tasks/exit" ? " \(event.id ?? "") \(event.exitStatus ?? 0)" : "")
                }
                #expect(
                    seen == [
                        "/tasks/create", "/tasks/start", "/tasks/exec-added", "/tasks/exec-started",
                        "/tasks/exit more 5", "/tasks/exit life 6", "/tasks/delete",
                    ])
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What containerd's clients are told of a container's life, and in which order.
    @Suite("Events")
    struct EventTests {
        /// One line of `ctr events`.
        struct Event: Decodable, Sendable {
            var topic = ""
            var containerID: String?
            var id: String?
            var exitStatus: Int?

            enum CodingKeys: String, CodingKey {
                case containerID = "container_id"
                case id
                case exitStatus = "exit_status"
            }

            /// Reads "DATE TIME ZONE ZONE NAMESPACE TOPIC JSON"; nil for what is no event of a task.
            init?(line: Substring) {
                guard let start = line.firstRange(of: " /tasks/")?.lowerBound,
                    let json = line[start...].firstIndex(of: "{"),
                    let event = try? JSONDecoder().decode(Event.self, from: Data(line[json...].utf8))
                else { return nil }
                self = event
                topic = line[start..<json].trimmingCharacters(in: .whitespaces)
            }
        }

        @Test(arguments: Stack.underTest)
        func theEventsOfAContainerComeInOrder(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let events = try containerd.ctrRunning(["events"])
                try await subscribed(events, containerd)

                let ctr = try containerd.ctrRunning(
                    containerd.runArguments("life", ["sh", "-c", "echo ready; read line; exit 6"]),
                    input: .open)
                try await ctr.printed("ready", within: .seconds(20))
                #expect(try await containerd.exec("life", "more", ["sh", "-c", "exit 5"]).code == 5)
                ctr.closeInput()
                #expect(try await ctr.result(deadline: .seconds(20)).code == 6)

                try await events.printed("/tasks/delete", within: .seconds(10))
                try await events.stop()
                let all = events.output.current.text.split(separator: "\n").compactMap(Event.init)
                    .filter { $0.containerID == "life" }
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

        /// Waits until `ctr events` has subscribed: it does not say so, so events are made until it shows one.
        private func subscribed(_ events: RunningCommand, _ containerd: PrivateContainerd) async throws {
            for attempt in 1...50 {
                try await containerd.ctr("images", "label", BusyboxImage.name, "attempt=\(attempt)").checked()
                if (try? await events.printed("/images/update", within: .milliseconds(100))) != nil { return }
            }
            throw SetUpError("ctr events shows no event")
        }
    }
}

import Foundation
import TestSupport

/// The events of tasks that a containerd tells its clients.
final class EventLog: Sendable {
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

    private let process: RunningCommand

    /// Subscribes, and returns once it has.
    init(_ containerd: PrivateContainerd) async throws {
        process = try containerd.ctrRunning(["events"])
        // ctr does not say when it has subscribed, so events are made until it shows one.
        for attempt in 1...50 {
            try await containerd.ctr("images", "label", BusyboxImage.name, "attempt=\(attempt)").checked()
            if (try? await process.printed("/images/update", within: .milliseconds(100))) != nil { return }
        }
        throw SetUpError("ctr events shows no event")
    }

    /// The events of tasks so far.
    var events: [Event] {
        process.output.current.text.split(separator: "\n").compactMap(Event.init)
    }

    /// The exit codes of a container's init process that were told, one for each event.
    func exits(of id: String) -> [Int] {
        events.filter { $0.topic == "/tasks/exit" && $0.containerID == id && $0.id == id }
            .map { $0.exitStatus ?? 0 }
    }

    /// Waits for a container's deletion to be told, after which nothing more is to come of it.
    func deleted(_ id: String, within limit: Duration = .seconds(10)) async throws {
        try await process.output.first("the deletion of \(id)", within: limit) { stream in
            stream.text.split(separator: "\n").compactMap(Event.init).contains {
                $0.topic == "/tasks/delete" && $0.containerID == id && [nil, "", id].contains($0.id)
            } ? true : nil
        }
    }

    /// Ends the subscription.
    func stop() async throws { try await process.stop() }
}

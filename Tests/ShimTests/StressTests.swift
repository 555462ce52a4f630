import Messages
import RuntimeFakes
import Synchronization
import TTRPC
import Testing

@testable import Shim

/// Hundreds of calls at once to one shim; each answer must be one that the model of a life allows.
@Suite("Stress against the model", .timeLimit(.minutes(3)))
struct StressTests {
    private static let containers = 40
    private static let rounds = 25
    private static let atOnce = 5

    @Test("every answer is one that some order of the calls gives, and the events are a life's")
    func answers() async throws {
        let it = try TaskFixture(FakeRuntime(isAlive: true))
        let refusals = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<Self.containers {
                group.addTask { try await Self.exercise("c\(number)", it) }
            }
            return try await group.reduce(0, +)
        }
        // Both kinds of answers, or the calls proved nothing.
        let all = Self.containers * Self.rounds * Self.atOnce
        #expect((all / 10..<all * 9 / 10).contains(refusals), "\(refusals) of \(all) refused")
        for number in 0..<Self.containers { try expectLives(of: "c\(number)", it) }
    }

    @Test("an answer that no order of the calls gives is found")
    func model() {
        let nothing: Set = [TaskModel()]
        let created = TaskModel.after(nothing, [(.create, .done)], id: "c")
        #expect(created.count == 1)
        #expect(TaskModel.after(created, [(.state, .status("created"))], id: "c") == created)
        #expect(TaskModel.after(created, [(.state, .status("running"))], id: "c") == [])
        #expect(TaskModel.after(created, [(.start, .done), (.start, .done)], id: "c") == [])
        #expect(TaskModel.after(created, [(.start, .done), (.state, .status("running"))], id: "c") != [])
        #expect(TaskModel.after(created, [(.pause, .done)], id: "c") == [])
        #expect(TaskModel.after(created, [(.start, .done), (.delete, .done)], id: "c") == [])
        #expect(TaskModel.after(created, [(.kill, .done), (.delete, .done)], id: "c") == nothing)
    }

    /// Calls about one container, some at once, again and again, then its end.
    ///
    /// - Returns: how many calls were refused.
    private static func exercise(_ id: String, _ it: TaskFixture) async throws -> Int {
        var states: Set = [TaskModel()]
        var refusals = 0
        for _ in 0..<rounds {
            let calls = (0..<atOnce).map { _ in ModelCall.allCases.randomElement() ?? .state }
            let answers = await withTaskGroup(of: (Int, ModelAnswer).self) { group in
                for (index, call) in calls.enumerated() {
                    group.addTask { (index, await ask(call, id, it)) }
                }
                return await group.reduce(into: [Int: ModelAnswer]()) { $0[$1.0] = $1.1 }
            }
            let history = calls.enumerated().map { ($1, answers[$0] ?? .done) }
            refusals += history.count { if case .refused = $0.1 { true } else { false } }
            let next = TaskModel.after(states, history, id: id)
            try #require(!next.isEmpty, "\(history) from \(states)")
            states = next
        }
        _ = await ask(.kill, id, it)
        if let exit: WaitResponse = try? await it.call("Wait", WaitRequest(id: id)) {
            #expect(exit.exitStatus == 137)
            #expect(await ask(.delete, id, it) == .done)
        }
        #expect(await ask(.state, id, it) == .refused(code: 5, "container \(id) not created"))
        return refusals
    }

    private static func ask(_ call: ModelCall, _ id: String, _ it: TaskFixture) async -> ModelAnswer {
        do throws(Status) {
            switch call {
            case .create:
                let _: CreateTaskResponse = try await it.call(
                    "Create", CreateTaskRequest(id: id, bundle: "/b"))
            case .start: let _: StartResponse = try await it.call("Start", StartRequest(id: id))
            case .kill: try await it.tell("Kill", KillRequest(id: id, signal: 9))
            case .pause: try await it.tell("Pause", PauseRequest(id: id))
            case .resume: try await it.tell("Resume", ResumeRequest(id: id))
            case .delete:
                let deleted: DeleteResponse = try await it.call("Delete", DeleteRequest(id: id))
                #expect(deleted.exitStatus == 137)
            case .state:
                let state: StateResponse = try await it.call("State", StateRequest(id: id))
                return .status("\(state.status)")
            }
            return .done
        } catch {
            return ModelAnswer(error)
        }
    }

    /// The events of an id are those of whole lives, one after the other: each has one end.
    private func expectLives(of id: String, _ it: TaskFixture) throws {
        let events = it.events.recorded.compactMap { event -> Character? in
            if let it = try? event.unpack(as: TaskCreate.self) { return it.containerID == id ? "c" : nil }
            if let it = try? event.unpack(as: TaskStart.self) { return it.containerID == id ? "s" : nil }
            if let it = try? event.unpack(as: TaskPaused.self) { return it.containerID == id ? "p" : nil }
            if let it = try? event.unpack(as: TaskResumed.self) { return it.containerID == id ? "r" : nil }
            if let it = try? event.unpack(as: TaskExit.self) { return it.containerID == id ? "x" : nil }
            if let it = try? event.unpack(as: TaskDelete.self) { return it.containerID == id ? "d" : nil }
            return nil
        }
        let lives = String(events)
        #expect(try /(c(s(pr)*p?)?xd)+/.wholeMatch(in: lives) != nil, "\(id): \(lives)")
    }
}

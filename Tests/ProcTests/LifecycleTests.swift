import Runtime
import Testing

@testable import Proc

@Suite("Process lifecycle")
struct LifecycleTests {
    @Test("each row of the table leads where it says", arguments: Phase.table)
    func legal(_ row: Transition) throws {
        #expect(try row.from.after(row.event) == row.to)
    }

    @Test("everything that the table lacks is refused", arguments: Phase.allCases, Event.allCases)
    func product(_ phase: Phase, _ event: Event) {
        let rows = Phase.table.filter { $0.from == phase && $0.event == event }
        #expect(rows.count <= 1)
        guard rows.isEmpty else { return }
        #expect(throws: IllegalTransition(from: phase, event: event)) { try phase.after(event) }
    }

    @Test("a request is allowed exactly where its operation can begin", arguments: Phase.allCases)
    func verbsAgreeWithTable(_ phase: Phase) {
        for (verb, event) in [
            (Verb.start, Event.start), (.pause, .pause), (.resume, .resume), (.delete, .delete),
        ] {
            #expect(
                phase.allows(verb, .container) == ((try? phase.after(event)) != nil), "\(verb) in \(phase)")
        }
    }

    @Test("nothing leads out of deleted, and every other phase has a way there")
    func ends() {
        #expect(!Phase.table.contains { $0.from == .deleted })
        var reaching: Set<Phase> = [.deleted]
        for _ in Phase.allCases {
            for row in Phase.table where reaching.contains(row.to) { reaching.insert(row.from) }
        }
        #expect(reaching == Set(Phase.allCases))
    }

    // containerd's words, observed from its runc shim and from the table of the requirements.
    @Test(
        "refusals use the known words",
        arguments: [
            (Verb.start, Phase.running, Subject.container, "cannot start a running container"),
            (.start, .stopped, .container, "cannot start a stopped container"),
            (.start, .deleted, .container, "cannot start a deleted container"),
            (.start, .running, .process, "cannot start a running process"),
            (.delete, .running, .container, "cannot delete a running container"),
            (.delete, .paused, .container, "cannot delete a paused container"),
            (.delete, .deleted, .container, "cannot delete a deleted container"),
            (.delete, .running, .process, "cannot delete a running process"),
            (.kill, .stopped, .container, "process already finished"),
            (.kill, .deleted, .container, "process not found"),
            (.kill, .created, .process, "process not created"),
            (.exec, .stopped, .container, "cannot exec in a stopped state"),
            (.exec, .paused, .container, "cannot exec in a paused state"),
            (.exec, .deleted, .container, "cannot exec in a deleted state"),
            (.pause, .created, .container, "cannot pause task in created state"),
            (.pause, .paused, .container, "cannot pause a paused container"),
            (.resume, .running, .container, "cannot resume a running container"),
            (.checkpoint, .created, .container, "cannot checkpoint task in created state"),
            (.checkpoint, .stopped, .container, "cannot checkpoint a stopped container"),
            (.update, .stopped, .container, "cannot update a stopped container"),
            (.statistics, .deleted, .container, "cannot stat a deleted container"),
        ])
    func words(_ verb: Verb, _ phase: Phase, _ subject: Subject, _ text: String) {
        let error = #expect(throws: ProcessError.self) { try phase.check(verb, subject) }
        #expect(error?.message == text)
        let gone = verb == .kill && subject == .container || verb == .delete && phase == .deleted
        #expect(error?.kind == (gone ? .notFound : .failedPrecondition))
    }
}

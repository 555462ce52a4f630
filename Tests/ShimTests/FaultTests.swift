import Messages
import Proc
import Runtime
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// A step of the stand-in, and how it goes wrong there.
struct Fault: Sendable, CustomTestStringConvertible {
    let step: String
    let kind: String

    var text: String { "\(step)=\(kind)" }
    var testDescription: String { text }

    static func each(_ steps: [String], _ kinds: [String]) -> [Fault] {
        steps.flatMap { step in kinds.map { Fault(step: step, kind: $0) } }
    }

    /// The Sentry ends by it.
    var isEnd: Bool { kind == "die" || kind == "exit" }
}

/// Every way in which a call to the Sentry can have no answer, or a bad one.
private let badAnswers = [
    "fail", "exit", "die", "hang", "stop", "close", "cut", "garbage", "endless", "mute",
]

@Suite(
    "Faults of a sandbox that is made", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"),
    .requires(.root), .serialized)
struct FaultCreateTests {
    @Test("Create fails and leaves nothing", arguments: ["fail", "garbage", "hang"])
    func question(_ kind: String) async throws {
        let directory = try TemporaryDirectory("fault")
        // By another process: a child of ours could hold the file open for writing when it is to be executed.
        _ = try await run("/bin/cp", [try #require(fakeRunsc), directory.path("runsc")]).checked()
        let it = try FaultFixture(binary: directory.path("runsc"), in: directory)
        try directory.write(kind, to: "probe")
        let said = await it.failure { try await it.create("c") }
        #expect(said.contains("OCI runtime create failed"))
        #expect(said.contains(kind == "hang" ? "no answer within" : "cannot read the output of"))
        try File.remove(it.directory.path("probe"))
        try await it.expectClean("c")
    }

    @Test(
        "Create says what the Sentry said",
        arguments: Fault.each(["boot"], ["fail", "exit", "die", "hang", "stop"])
            + Fault.each(["ready"], ["fail", "exit", "die", "hang", "stop", "close"]))
    func beforeReady(_ fault: Fault) async throws {
        let it = try FaultFixture()
        let said = await it.failure { try await it.create("c", faults: fault.text) }
        #expect(said.contains("OCI runtime create failed"))
        if fault.kind != "close" { #expect(said.contains(" at \(fault.step)"), "\(said)") }
        #expect(it.events.topics == [])
        try await it.expectClean("c")
    }

    @Test(
        "what only takes its time is no fault",
        arguments: Fault.each(["gofer", "boot", "ready", "serve", "StartRoot", "Signal", "end"], ["delay"]))
    func delay(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        try await it.start("c")
        try await it.expectClean("c")
    }

    @Test(
        "a gofer that ends or hangs does not keep anything",
        arguments: ["fail", "exit", "die", "hang", "stop"])
    func gofer(_ kind: String) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: "gofer=\(kind)")
        try await it.expectClean("c")
    }
}

@Suite(
    "Faults of a start", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"), .requires(.root),
    .serialized)
struct FaultStartTests {
    @Test(
        "Start fails within its bound",
        arguments: Fault.each(["serve"], ["exit", "die", "hang", "stop"])
            + Fault.each(["CreateLinksAndRoutes", "StartRoot"], badAnswers))
    func start(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        let said = await it.failure { try await it.start("c") }
        if fault.isEnd {
            // Which of the two the end comes to first is open; the log has the reason in any case.
            #expect(
                said.contains("the sandbox has ended with") && said.contains(" at ")
                    || said.contains("cannot start a stopped container"), "\(said)")
            _ = try await it.wait("c")
            #expect(it.warnings.contains { $0.contains(" at \(fault.step)") })
        } else {
            #expect(said.contains("OCI runtime start failed"), "\(said)")
        }
        if fault.kind == "fail" { #expect(said.contains("fake-runsc: failed"), "\(said)") }
        if fault.kind == "hang" { #expect(said.contains("no answer within"), "\(said)") }
        try await it.expectClean("c")
    }

    @Test("SIGKILL ends a container whose start hangs", arguments: ["hang", "mute", "stop"])
    func killWhileStarting(_ kind: String) async throws {
        var bounds = FaultFixture.bounds
        bounds.work = .seconds(18)
        let it = try FaultFixture(bounds: bounds)
        try await it.create("c", faults: "StartRoot=\(kind)")
        async let started = it.failure { try await it.start("c") }
        let time = try await ContinuousClock().measure {
            // A signal that comes before the start ends a container which then is never started.
            try await withDeadline(.seconds(10), "the start's fault") {
                while !it.isAt("StartRoot") { _ = try await it.state("c") }
            }
            try await it.kill("c")
            #expect(try await it.wait("c") == 137)
        }
        #expect(time < .seconds(8))
        let said = await started
        #expect(said.contains("start failed"), "\(said)")
        try await it.expectClean("c")
    }
}

@Suite(
    "Faults of a running sandbox", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"),
    .requires(.root), .serialized)
struct FaultRunningTests {
    @Test(
        "an end is reported once, however the Sentry tells",
        arguments: Fault.each(
            ["Wait"], ["fail", "exit", "die", "stop", "close", "cut", "garbage", "endless", "mute"]))
    func wait(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        do throws(Status) { try await it.start("c") } catch { #expect(fault.isEnd) }
        if !["fail", "exit", "die", "close"].contains(fault.kind) { try await it.kill("c") }
        let code = try await it.wait("c")
        #expect(code == (fault.kind == "exit" ? 2 : fault.kind == "fail" ? 255 : 137))
        try await it.delete("c")
        #expect(it.exits == ["c"])
        try await it.expectClean("c")
    }

    /// Does what it was told, only without a good answer.
    private static let performs = ["cut", "garbage", "endless", "mute"]

    @Test("SIGKILL always ends the container", arguments: Fault.each(["Signal"], badAnswers))
    func kill(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        try await it.start("c")
        let began = ContinuousClock.now
        // It may have ended by the signal before the answer is found to be none.
        #expect(try await it.killed("c") || fault.isEnd || Self.performs.contains(fault.kind))
        #expect(try await it.wait("c") == (fault.kind == "exit" ? 2 : 137))
        #expect(ContinuousClock.now - began < .seconds(5))
        if !fault.isEnd && !Self.performs.contains(fault.kind) {
            #expect(it.warnings.contains { $0.contains("is killed; it had") && $0.contains("thread") })
        }
        try await it.delete("c")
        #expect(it.exits == ["c"])
        try await it.expectClean("c")
    }

    @Test(
        "another signal fails within its bound; one that nobody answers is on its way",
        arguments: ["fail", "close", "hang", "stop"])
    func terminate(_ kind: String) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: "Signal=\(kind)")
        try await it.start("c")
        if kind == "hang" || kind == "stop" {
            // Who asks a kubelet's way comes to SIGKILL only after this has succeeded.
            try await it.kill("c", signal: 15)
        } else {
            let said = await it.failure { try await it.kill("c", signal: 15) }
            #expect(said.contains("OCI runtime kill failed"), "\(said)")
        }
        #expect(try await it.state("c").status == .running)
        try await it.expectClean("c")
    }

    @Test(
        "State, Pids, Connect and Stats answer within a second",
        arguments: Fault.each(
            ["Processes", "Event", "Signal"], ["fail", "hang", "stop", "close", "garbage", "endless"]))
    func queries(_ fault: Fault) async throws {
        // Far from a second, so that a wait for the sandbox is told from a busy machine.
        let it = try FaultFixture(bounds: Bounds())
        let slow = Duration.seconds(3)
        try await it.create("c", faults: fault.text)
        try await it.start("c")
        if fault.step == "Signal" { _ = try? await it.kill("c", signal: 15) }
        for _ in 0..<2 {
            let time = try await ContinuousClock().measure {
                _ = try await it.state("c")
                _ = try await it.connect("c")
            }
            #expect(time < slow)
            let pids = try await ContinuousClock().measure {
                let processes = try await it.pids("c").processes
                #expect(!processes.isEmpty)
            }
            #expect(pids < slow)
            let stats = await ContinuousClock().measure {
                _ = try? await it.statistics("c")
            }
            #expect(stats < slow)
        }
        try await it.expectClean("c")
    }

    @Test(
        "a pause or resume that fails changes nothing",
        arguments: Fault.each(["Pause", "Resume"], badAnswers))
    func pause(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        try await it.start("c")
        if fault.step == "Resume" { try await it.pause("c") }
        let said = await it.failure {
            if fault.step == "Pause" { try await it.pause("c") } else { try await it.resume("c") }
        }
        #expect(said.contains(" failed"), "\(said)")
        if !fault.isEnd {
            #expect(try await it.state("c").status == (fault.step == "Pause" ? .running : .paused))
        }
        try await it.expectClean("c")
    }
}

@Suite(
    "Faults of an exec", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"), .requires(.root),
    .serialized)
struct FaultExecTests {
    @Test("an exec fails within its bound", arguments: Fault.each(["ExecuteAsync"], badAnswers))
    func exec(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        try await it.start("c")
        try await it.addExec("c", "e")
        let said = await it.failure { try await it.start("c", exec: "e") }
        #expect(said.contains("OCI runtime exec failed") || fault.isEnd, "\(said)")
        #expect([128, 137].contains(try await it.wait("c", exec: "e")))
        try await it.delete("c", exec: "e")
        try await it.expectClean("c")
    }

    @Test(
        "the end of an exec is reported, however the Sentry tells",
        arguments: Fault.each(["WaitPID"], ["fail", "exit", "die", "close", "cut", "garbage", "endless"]))
    func waitExec(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("c", faults: fault.text)
        try await it.start("c")
        try await it.addExec("c", "e")
        do throws(Status) { try await it.start("c", exec: "e") } catch { #expect(fault.isEnd) }
        if ["cut", "garbage", "endless"].contains(fault.kind) { try await it.kill("c", exec: "e") }
        #expect(try await it.wait("c", exec: "e") == (fault.kind == "fail" ? 255 : 137))
        try await it.delete("c", exec: "e")
        #expect(it.exits.filter { $0 == "e" }.count <= 1)
        try await it.expectClean("c")
    }
}

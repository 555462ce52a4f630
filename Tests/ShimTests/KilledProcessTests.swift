import Glibc
import Messages
import Runtime
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// What is done to a process, and to which.
struct Blow: Sendable, CustomTestStringConvertible {
    let signal: Int32
    /// "runsc-sandbox" or "runsc-gofer".
    let victim: String

    var testDescription: String { "\(signal == SIGKILL ? "SIGKILL" : "SIGSTOP") of \(victim)" }

    static let all = ["runsc-sandbox", "runsc-gofer"].flatMap { victim in
        [SIGKILL, SIGSTOP].map { Blow(signal: $0, victim: victim) }
    }
}

@Suite("Real sandbox processes, killed and stopped", .requires(.root, .runsc(.r24)), .serialized)
struct KilledProcessTests {
    private static let args = ["/busybox", "sleep", "100"]

    private func strike(_ it: FaultFixture, _ blow: Blow) throws {
        let victims = it.processes.filter { $0.arguments.first == blow.victim }
        try #require(!victims.isEmpty)
        for victim in victims { victim.kill(blow.signal) }
    }

    @Test("created", arguments: Blow.all)
    func created(_ blow: Blow) async throws {
        let it = try FaultFixture(binary: RunscRelease.r24.directory + "/runsc", bounds: Bounds())
        try await it.create("c", args: Self.args)
        try strike(it, blow)
        if blow.signal == SIGKILL && blow.victim == "runsc-sandbox" { #expect(try await it.wait("c") == 137) }
        try await it.expectClean("c", args: Self.args)
        #expect(it.exits.filter { $0 == "c" }.count == 1)
    }

    @Test("running, with an exec", arguments: Blow.all)
    func running(_ blow: Blow) async throws {
        let it = try FaultFixture(binary: RunscRelease.r24.directory + "/runsc", bounds: Bounds())
        try await it.create("c", args: Self.args)
        try await it.start("c")
        try await it.addExec("c", "e", args: Self.args)
        try await it.start("c", exec: "e")
        try strike(it, blow)
        for _ in 0..<2 {
            let began = ContinuousClock.now
            _ = try await it.state("c")
            _ = try? await it.pids("c")
            _ = try? await it.statistics("c")
            #expect(ContinuousClock.now - began < .seconds(4))
        }
        let began = ContinuousClock.now
        _ = try await it.killed("c")
        #expect(try await it.wait("c") == 137)
        #expect(ContinuousClock.now - began < .seconds(10))
        #expect(try await it.wait("c", exec: "e") == 137)
        try await it.expectClean("c", args: Self.args)
        #expect(it.exits.sorted() == ["c", "c-next", "e"])
    }

    @Test("paused", arguments: Blow.all)
    func paused(_ blow: Blow) async throws {
        let it = try FaultFixture(binary: RunscRelease.r24.directory + "/runsc", bounds: Bounds())
        try await it.create("c", args: Self.args)
        try await it.start("c")
        try await it.pause("c")
        try strike(it, blow)
        _ = try await it.killed("c")
        #expect(try await it.wait("c") == 137)
        try await it.expectClean("c", args: Self.args)
        #expect(it.exits == ["c", "c-next"])
    }
}

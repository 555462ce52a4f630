import Foundation
import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

/// Peers that are not as they should be, in the place of systemd.
@Suite("A systemd that refuses", .timeLimit(.minutes(1)))
struct SystemdRefusalTests {
    /// Takes one connection, greets it, and answers its first call with these bytes, whatever it is.
    private static func peer(
        greeting: String = "OK 0123456789abcdef", answer: [UInt8] = [], bound: Duration = .seconds(20),
        _ body: (Systemd) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory("sd")
        let address = UnixAddress.path(directory.path("socket"))
        let listener = try UnixSocket.bind(address)
        try UnixSocket.listen(listener)
        let server = _Concurrency.Task {
            let waiting = try AsyncFD(listener)
            try await waiting.ready(.read)
            guard let accepted = try UnixSocket.accept(listener) else { return }
            let connection = try AsyncFD(accepted)
            _ = try await connection.read(upTo: 65536)
            try await connection.send(Array("\(greeting)\r\n".utf8), descriptors: [])
            _ = try await connection.read(upTo: 65536)
            try await connection.send(answer, descriptors: [])
            // Held open until the client goes.
            while try await !connection.read(upTo: 65536).isEmpty {}
        }
        try await body(Systemd([.direct(address)], bound: bound))
        server.cancel()
    }

    private static func message(
        _ kind: DBusMessage.Kind, _ signature: String = "", _ change: (inout DBusMessage) -> Void = { _ in },
        _ body: (inout DBusWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var message = DBusMessage(kind, serial: 7)
        message.replySerial = 1
        message.sender = "org.freedesktop.systemd1"
        message.signature = signature
        var writer = DBusWriter()
        body(&writer)
        message.body = writer.bytes
        change(&message)
        return message.encoded()
    }

    private static let job = message(.answer, "o", { _ in }, { $0.string("/job/1") })

    private static func removed(_ result: String, sender: String = "org.freedesktop.systemd1") -> [UInt8] {
        message(
            .signal, "uoss",
            {
                $0.replySerial = nil
                $0.sender = sender
                $0.member = "JobRemoved"
                $0.interface = "org.freedesktop.systemd1.Manager"
            },
            {
                $0.uint32(1)
                $0.string("/job/1")
                $0.string("x.scope")
                $0.string(result)
            })
    }

    @Test func aRefusedUserIsTold() async throws {
        try await Self.peer(greeting: "REJECTED EXTERNAL") { systemd in
            await #expect(
                throws: SystemdError.refused(
                    method: "AUTH EXTERNAL", name: "", reason: "REJECTED EXTERNAL")
            ) { try await systemd.start("x.scope", []) }
        }
    }

    @Test func anErrorHasItsNameAndItsWords() async throws {
        let failure = Self.message(
            .failure, "s", { $0.errorName = "org.example.No" }, { $0.string("not today") })
        try await Self.peer(answer: failure) { systemd in
            await #expect(
                throws: SystemdError.refused(
                    method: "StartTransientUnit", name: "org.example.No", reason: "not today")
            ) { try await systemd.start("x.scope", []) }
        }
    }

    @Test func theJobIsWaitedFor() async throws {
        // The signal may overtake the answer; others' words do not count.
        let early = Self.removed("failed", sender: ":1.6") + Self.removed("done") + Self.job
        try await Self.peer(answer: early) { try await $0.start("x.scope", []) }
        try await Self.peer(answer: Self.job + Self.removed("timeout")) { systemd in
            await #expect(
                throws: SystemdError.job("StartTransientUnit", unit: "x.scope", result: "timeout")
            ) { try await systemd.start("x.scope", []) }
        }
    }

    @Test func aJobWithoutAnEndIsGivenUp() async throws {
        try await Self.peer(answer: Self.job, bound: .milliseconds(300)) { systemd in
            await #expect(throws: SystemdError.unanswered(.milliseconds(300))) {
                try await systemd.start("x.scope", [])
            }
        }
    }

    @Test func rubbishIsNamed() async throws {
        for rubbish in [
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
            [0x6c, 2, 0, 1] + Array(repeating: 255, count: 12),
        ] {
            try await Self.peer(answer: rubbish) { systemd in
                await #expect {
                    try await systemd.start("x.scope", [])
                } throws: {
                    guard case SystemdError.malformed = $0 else { return false }
                    return true
                }
            }
        }
    }

    @Test func nobodyThereIsAnErrorAndNothingIsLeft() async throws {
        let directory = try TemporaryDirectory("sd")
        let systemd = Systemd([
            .direct(.path(directory.path("private"))), .bus(.path(directory.path("bus"))),
        ])
        let host = CgroupHost(
            v1: [:], v2: .init(mountpoint: directory.path, own: "/"), systemd: systemd)
        await #expect {
            try await host.createForSandbox(path: "a.slice:b:c", resources: nil, by: .automatic)
        } throws: { "\($0)".contains("connect \(directory.path)/private") && "\($0)".contains("/bus") }
        #expect(try Directory.list(directory.path) == [])
    }

    @Test func whoMakesACgroupFollowsPathMachineAndConfiguration() async throws {
        let directory = try TemporaryDirectory("sd")
        var host = CgroupHost(v1: [:], v2: .init(mountpoint: directory.path, own: "/"))
        // Not booted with systemd: its form leads to the same place.
        let cgroup = try await host.createForSandbox(path: "a.slice:b:c", resources: nil, by: .automatic)
        #expect(File.exists(directory.path("a.slice/b-c.scope")))
        try await cgroup.remove()
        await #expect(throws: CgroupError.systemd(.notBooted)) {
            try await host.createForSandbox(path: "a.slice:b:c", resources: nil, by: .systemd)
        }
        await #expect(throws: CgroupError.noSystemdPath("/x")) {
            try await host.createForSandbox(path: "/x", resources: nil, by: .systemd)
        }
        // Told not to ask, it asks nobody; nor for a slice, which has no processes.
        host.systemd = Systemd([.direct(.path(directory.path("none")))])
        for (path, manager) in [("a.slice:b:c", CgroupManager.cgroupfs), ("a.slice::a-b.slice", .automatic)] {
            try await host.createForSandbox(path: path, resources: nil, by: manager).remove()
        }
        #expect(try Directory.list(directory.path) == [])
    }
}

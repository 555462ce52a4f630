import Messages
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

@Suite(
    "Faults in a pod", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"), .requires(.root),
    .serialized)
struct FaultPodTests {
    private static let living = ["fail", "hang", "close", "cut", "garbage", "mute"]

    @Test(
        "a container that cannot join leaves the pod alone",
        arguments: Fault.each(["CreateSubcontainer", "StartSubcontainer"], living))
    func join(_ fault: Fault) async throws {
        let it = try FaultFixture()
        try await it.create("p", faults: fault.text)
        try await it.start("p")
        if fault.step == "CreateSubcontainer" {
            let said = await it.failure { try await it.create("m", pod: "p") }
            #expect(said.contains("CreateSubcontainer"), "\(said)")
        } else {
            try await it.create("m", pod: "p")
            let said = await it.failure { try await it.start("m") }
            #expect(said.contains("OCI runtime start failed"), "\(said)")
            #expect(try await it.wait("m") == 128)
            try await it.delete("m")
        }
        #expect(try await it.state("p").status == .running)
        try await it.expectClean("p")
    }

    @Test("a member's gofer that ends or hangs", arguments: ["fail", "exit", "die", "hang", "stop"])
    func gofer(_ kind: String) async throws {
        let it = try FaultFixture()
        try await it.create("p")
        try await it.start("p")
        try await it.create("m", faults: "gofer=\(kind)", pod: "p")
        try await it.start("m")
        try await it.kill("m")
        #expect(try await it.wait("m") == 137)
        try await it.delete("m")
        try await it.expectClean("p")
    }

    @Test(
        "a member is deleted although the Sentry does not let it go",
        arguments: living + ["stop", "die", "exit"])
    func leave(_ kind: String) async throws {
        let it = try FaultFixture()
        try await it.create("p", faults: "DestroySubcontainer=\(kind)")
        try await it.start("p")
        try await it.create("m", pod: "p")
        try await it.start("m")
        try await it.kill("m")
        #expect(try await it.wait("m") == 137)
        try await it.delete("m")
        #expect(it.exits.filter { $0 == "m" }.count == 1)
        try await it.expectClean("p")
    }

    @Test(
        "the end of a member that the Sentry does not tell is found out",
        arguments: ["cut", "garbage", "mute"])
    func wait(_ kind: String) async throws {
        let it = try FaultFixture()
        try await it.create("p", faults: "Wait=\(kind)")
        try await it.start("p")
        try await it.create("m", pod: "p")
        try await it.start("m")
        try await it.kill("m")
        #expect(try await it.wait("m") == 137)
        try await it.delete("m")
        try await it.expectClean("p")
    }

    @Test("with the Sentry all containers of a pod end, each told once", arguments: ["die", "exit"])
    func end(_ kind: String) async throws {
        let it = try FaultFixture()
        try await it.create("p", faults: "Processes=\(kind)")
        try await it.start("p")
        for id in ["m", "n"] {
            try await it.create(id, pod: "p")
            try await it.start(id)
        }
        _ = try? await it.pids("p")
        #expect(try await it.wait("p") == (kind == "exit" ? 2 : 137))
        for id in ["m", "n"] {
            #expect(try await it.wait(id) == 137)
            try await it.delete(id)
        }
        try await it.delete("p")
        #expect(it.exits.sorted() == ["m", "n", "p"])
        try await it.expectClean("p")
    }

    @Test("a refused SIGKILL of a member does not end the pod")
    func refusal() async throws {
        let it = try FaultFixture()
        try await it.create("p", faults: "Signal=fail")
        try await it.start("p")
        try await it.create("m", pod: "p")
        try await it.start("m")
        let said = await it.failure { try await it.kill("m") }
        #expect(said.contains("fake-runsc: failed"), "\(said)")
        #expect(try await it.state("p").status == .running)
        try await it.kill("p")
        #expect(try await it.wait("m") == 137)
        try await it.delete("m")
        try await it.expectClean("p")
    }
}

import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("What a shim that is gone has left", .requires(.root), .timeLimit(.minutes(1)))
struct LeftoversTests {
    @Test("is removed, whatever of it cannot be; that is told")
    func independent() async throws {
        let bundle = try TestBundle(args: ["true"])
        let root = try TemporaryDirectory("leftovers")
        try Self.setNetwork(of: bundle)
        let journal = NetworkJournal.path(root: root.path, sandbox: "x")
        try File.writeAtomically(Array("no journal".utf8), to: journal, mode: 0o600)
        try root.write("", to: "runsc-x.sock")
        let filestore = "\(bundle.path)/rootfs/.gvisor.filestore.x"
        try File.writeAtomically([1], to: filestore, mode: 0o600)
        await #expect(throws: (any Error).self) {
            try await Runsc.removeLeftovers(of: "x", bundle: bundle.path, root: root.path)
        }
        #expect(!File.exists(root.path("runsc-x.sock")) && !File.exists(filestore))
        #expect(File.exists(journal))
    }

    /// It may be killed between any two system calls.
    @Test("is removed with what it was just writing; of others nothing is")
    func halfWritten() async throws {
        let bundle = try TestBundle(args: ["true"])
        let root = try TemporaryDirectory("leftovers")
        try Self.setNetwork(of: bundle)
        let others = [
            "xx_sandbox:xx.state.tmp", "xx_sandbox:xx.lock", "contract-x.json.tmp", "y.network.json.tmp",
        ]
        let own = [
            "x_sandbox:x.state.tmp", "x_sandbox:x.lock", "x_sandbox:pod.state", "member_sandbox:x.state.tmp",
            "x.network.json.tmp",
        ]
        for name in others + own { try root.write("{", to: name) }
        try await Runsc.removeLeftovers(of: "x", bundle: bundle.path, root: root.path)
        #expect(try Directory.list(root.path).sorted() == others.sorted())
    }

    private static func setNetwork(of bundle: borrowing TestBundle) throws {
        var spec = try JSONValue.parse(File.read("\(bundle.path)/config.json"))
        spec[["linux", "namespaces"]] = [["type": "network", "path": "/proc/self/ns/net"]]
        try File.writeAtomically(spec.serialised(), to: "\(bundle.path)/config.json", mode: 0o644)
    }
}

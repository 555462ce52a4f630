import Sys
import Testing

@testable import Shim

@Suite("Socket addresses")
struct SocketTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            String(repeating: "a", count: 200),
            "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5"
        ),
    ])
    func digests(_ text: String, _ digest: String) {
        #expect(SHA256.hexadecimal(Array(text.utf8)) == digest)
    }

    @Test func theFormulaIsContainerds() {
        let address = SocketAddress(
            containerd: "/run/containerd/containerd.sock", namespace: "k8s.io", group: "abc")
        #expect(
            address.description
                == "unix:///run/containerd/s/a99a1752d3a0fadfb1f869026f16760475df03a572e20f4ccea9e6c1e5470b72"
        )
    }

    @Test(arguments: [
        (["/a/b", "c", "d"], "/a/b/c/d"), (["", "ns", "id"], "ns/id"), (["/a//b/", "./c", "../d"], "/a/b/d"),
        (["/..", "x"], "/x"), (["..", "x"], "../x"), (["a", ".."], "."), ([], ""),
    ])
    func pathsAreJoinedLikeGo(_ parts: [String], _ path: String) {
        #expect(SocketAddress.joined(parts) == path)
    }

    @Test func addressesAreReadInEveryForm() {
        #expect(SocketAddress("/a/b.sock")?.path == "/a/b.sock")
        #expect(SocketAddress("unix:///a/b.sock\n")?.path == "/a/b.sock")
        #expect(SocketAddress("") == nil)
        #expect(SocketAddress("tcp://1.2.3.4") == nil)
    }

    @Test func ofManyAtOnceOneGetsTheSocketAndTheOthersFindIt() async throws {
        let scratch = Scratch()
        let address = SocketAddress(
            containerd: "c", namespace: "n", group: "g", directory: scratch.path + "/s")
        let claims = try await withThrowingTaskGroup(of: SocketClaim.self) { group in
            for _ in 0..<16 { group.addTask { try await SocketClaim.take(address) } }
            var claims: [SocketClaim] = []
            for try await claim in group { claims.append(claim) }
            return claims
        }
        let listeners = claims.compactMap { claim -> OwnedFD? in
            if case .ours(let listener) = claim { return listener }
            return nil
        }
        #expect(listeners.count == 1)
        #expect(try address.isLive())
        #expect(mode(address.path) == 0o600)
        #expect(mode(scratch.path + "/s") == 0o711)
        #expect(try Directory.list(scratch.path + "/s").count == 1, "the lock is left behind")
    }

    @Test func whatADeadShimLeftIsReplaced() async throws {
        let scratch = Scratch()
        let address = SocketAddress(containerd: "c", namespace: "n", group: "g", directory: scratch.path)
        try UnixSocket.bind(.path(address.path)).close()
        #expect(try !address.isLive())
        guard case .ours(let listener) = try await SocketClaim.take(address) else {
            Issue.record("a dead shim's socket was taken for a live one")
            return
        }
        #expect(try address.isLive())
        try await SocketClaim.removeStale(address)
        #expect(File.exists(address.path), "a live socket was removed")
        listener.close()
        try await SocketClaim.removeStale(address)
        #expect(!File.exists(address.path))
    }
}

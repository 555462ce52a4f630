import Glibc
import Messages
import Synchronization
import Sys
import Testing

@testable import Shim

@Suite("Cleanup without a shim", .timeLimit(.minutes(1)))
struct CleanupTests {
    private let bundle = Scratch()

    private func cleanup(
        log: Log = .none, _ destroy: @escaping Cleanup.Destroy = { _ in }
    ) async -> DeleteResponse {
        let leftovers = Cleanup.Leftovers(id: "c1", namespace: "ns", address: "/a", bundle: bundle.path)
        return await Cleanup(leftovers, log: log, destroy: destroy).run()
    }

    @Test func theAnswerIsThatOfAKilledContainer() async throws {
        try bundle.file("init.pid", "4711\n")
        let asked = OneShot<Cleanup.Leftovers>()
        let response = await cleanup { asked.report($0) }
        #expect(response.pid == 4711 && response.exitStatus == 137)
        let age = Kernel.realTime() - (response.exitedAt?.nanosecondsSinceEpoch ?? 0)
        #expect(age >= 0 && age < 60_000_000_000)
        #expect(
            asked.value == Cleanup.Leftovers(id: "c1", namespace: "ns", address: "/a", bundle: bundle.path))
    }

    @Test func nothingThereIsFine() async {
        let response = await cleanup()
        #expect(response.pid == 0 && response.exitStatus == 137)
    }

    @Test func aFailureIsLoggedAndStopsNothing() async throws {
        let address = SocketAddress(containerd: "c", namespace: "n", group: "g", directory: bundle.path)
        try UnixSocket.bind(.path(address.path)).close()
        try bundle.file("address", address.description)
        let pipe = try Pipe()
        let response = await cleanup(log: Log(to: pipe.write, debug: false)) { _ in
            throw SysError("kill", "sandbox", .notPermitted)
        }
        #expect(response.exitStatus == 137)
        #expect(!File.exists(address.path), "the socket of the dead shim is left")
        let text = String(decoding: try File.readAvailable(pipe.read, 4096), as: UTF8.self)
        #expect(text.contains("level=warning") && text.contains("kill sandbox"))
    }

    @Test func theSocketOfALiveShimStays() async throws {
        let address = SocketAddress(containerd: "c", namespace: "n", group: "g", directory: bundle.path)
        guard case .ours(let listener) = try await SocketClaim.take(address) else { return }
        try bundle.file("address", address.description)
        _ = await cleanup()
        #expect(try address.isLive())
        listener.close()
    }

    @Test(.enabled(if: isRoot, "mounting needs root"))
    func theRootFileSystemIsUnmounted() async throws {
        let rootfs = bundle.path + "/rootfs"
        try await RootfsMounts.mount(
            [RootfsMount(type: "tmpfs", source: "tmpfs", options: ["size=4k"])], at: rootfs)
        try Directory.make(rootfs + "/mark", mode: 0o755)
        _ = await cleanup()
        #expect(try Directory.list(rootfs).isEmpty)
    }

    @Test(arguments: [
        ("", "/run/x/ns/c1", "/run/x/ns/c1"), ("", "/run/x/ns/other", "/run/x/ns/c1"),
        ("/b", "/run/x", "/b"), ("b", "/run/x", "/run/x/b"),
    ])
    func bundles(_ flag: String, _ workingDirectory: String, _ bundle: String) throws {
        let words = ["-namespace", "ns", "-id", "c1", "-bundle", flag, "delete"]
        #expect(Cleanup.bundle(try Arguments(parsing: words), workingDirectory: workingDirectory) == bundle)
    }
}

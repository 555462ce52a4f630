import Glibc
import Messages
import Runtime
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// A shim that is killed between any two of its steps, and what clears away after it as well.
@Suite(
    "A shim that is killed at a system call", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"),
    .requires(.root), .serialized, .timeLimit(.minutes(5)))
struct KilledAtCallTests {
    /// What changes something outside of the shim.
    private static let kinds: ErrorInjector.Kinds = [
        .writes, .mounts, .removals, .closeRange, .mountSetattr, .execveat,
    ]

    private let shim: ShimProcess
    private let injector: ErrorInjector
    private let bundle: [String]

    init() throws {
        shim = try ShimProcess(faults: "")
        injector = try ErrorInjector(socket: shim.directory.path("injector"), program: shim.program)
        bundle = try Directory.list(shim.bundle)
    }

    /// Does something with the first, then the second … call being the last one, until there are not so many.
    ///
    /// - Returns: What was about to be called each time.
    private func sweep(_ round: (_ nth: Int) async throws -> Void) async throws -> [String] {
        var moments: [String] = []
        for nth in 1..<1000 {
            try await round(nth)
            let moment = injector.disarm()
            _ = try await shim.act("-bundle", shim.bundle, "delete")
            #expect(try shim.left() == [], "\(nth): \(moment ?? "the end")")
            for name in try Directory.list(shim.bundle) where !bundle.contains(name) {
                try File.remove(shim.bundle + "/" + name)
            }
            guard let moment else { break }
            moments.append(moment)
        }
        return moments
    }

    /// What is still there has to be killed: it would have a containerd to be told by, which is missing here.
    private func end(_ client: Client, _ daemon: ForeignProcess) async throws {
        client.close()
        daemon.kill(SIGKILL)
        try await withDeadline(.seconds(10), "end of the daemon") { try await daemon.ended() }
    }

    @Test("in `start`: `delete` removes what there is")
    func start() async throws {
        let sockets = try Set(Directory.list(SocketAddress.directory))
        let moments = try await sweep { nth in
            injector.arm(Self.kinds, killing: nil, nth: nth)
            _ = try? await shim.act("start", through: injector.wrapper)
        }
        #expect(moments.count > 5)
        #expect(try Set(Directory.list(SocketAddress.directory)).subtracting(sockets) == [])
    }

    @Test("in a container's life: `delete` removes what there is, and the id can be used again")
    func life() async throws {
        let moments = try await sweep { nth in
            _ = try await shim.act("start", through: injector.wrapper)
            let client = try await shim.client()
            let daemon = try shim.daemon()
            injector.arm(Self.kinds, killing: daemon, nth: nth)
            for call in ["Create", "Start", "Kill", "Wait", "Delete"] {
                do { try await shim.call(call, client) } catch { break }
            }
            try await end(client, daemon)
        }
        // With the few hierarchies of cgroup version 2 there are fewer.
        #expect(moments.count > 40)
    }

    @Test("in `delete`: the next one removes the rest")
    func delete() async throws {
        let moments = try await sweep { nth in
            _ = try await shim.act("start")
            let client = try await shim.client()
            for call in ["Create", "Start"] { try await shim.call(call, client) }
            try await end(client, shim.daemon())
            injector.arm(Self.kinds, killing: nil, nth: nth)
            _ = try? await shim.act("-bundle", shim.bundle, "delete", through: injector.wrapper)
        }
        #expect(moments.count > 10)
    }
}

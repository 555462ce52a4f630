import Glibc
import Messages
import OCI
import Runtime
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// A host on which a system call of the shim fails, each of a container's life in its turn.
@Suite(
    "A system call that fails", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"), .requires(.root),
    .serialized)
struct FailedCallTests {
    /// What fails, with which error.
    struct Sweep: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kinds: ErrorInjector.Kinds
        let error: Errno
        /// All from one on, as on a disk that is broken or full.
        var lasting = false
        /// How many calls the next failure is further.
        var stride = 1
        /// At least so many have to have failed.
        let atLeast: Int
    }

    private static let sweeps = [
        Sweep(testDescription: "EIO of a write", kinds: .writes, error: .io, atLeast: 15),
        Sweep(
            testDescription: "ENOSPC of all writes from one on", kinds: .writes, error: .noSpace,
            lasting: true, stride: 5, atLeast: 10),
        Sweep(
            testDescription: "ENOMEM of a mount", kinds: .mounts, error: Errno(rawValue: ENOMEM), atLeast: 5),
        Sweep(
            testDescription: "EIO of a file that is opened to be read", kinds: .reads, error: .io, atLeast: 10
        ),
    ]

    /// No call takes as long.
    private static let limit = Duration.seconds(15)

    /// The name of the file in "write /a/file" and "write /memfd:file (deleted)".
    private static func object(of failed: String) -> String {
        let path = failed.replacing(" (deleted)", with: "").replacing("memfd:", with: "")
        return Path.split(path).last.split(separator: " ").last.map(String.init) ?? ""
    }

    /// A life, each call within its bound; what the first call that failed said.
    private func live(_ shim: ShimProcess, _ client: Client) async -> String? {
        var first: String?
        for call in ["Create", "Start", "Kill", "Wait", "Delete"] {
            let began = ContinuousClock.now
            do {
                try await shim.call(call, client)
            } catch {
                first = first ?? "\(call): \(error)"
            }
            #expect(ContinuousClock.now - began < Self.limit, "\(call): \(first ?? "")")
            // There is nothing to kill or to delete then.
            if call == "Create" && first != nil { break }
        }
        return first
    }

    @Test("in a container's life", arguments: sweeps)
    func life(_ sweep: Sweep) async throws {
        let shim = try ShimProcess(faults: "")
        let injector = try ErrorInjector(socket: shim.directory.path("injector"), program: shim.program)
        _ = try await shim.act("start", through: injector.wrapper)
        let client = try await shim.client()
        let daemon = try shim.daemon()
        defer {
            daemon.kill(SIGKILL)
            client.close()
        }
        #expect(await live(shim, client) == nil)
        let before = try shim.held(by: daemon)
        var failures: [String] = []
        var nth = 1
        while nth < 1000 {
            injector.arm(sweep.kinds, sweep.error, nth: nth, lasting: sweep.lasting)
            let said = await live(shim, client)
            guard let failed = injector.disarm() else { break }
            failures.append("\(failed) -> \(said ?? "passed over")")
            if let said {
                #expect(said.contains("\(sweep.error)"), "\(failed): \(said)")
                // Of all that fail from one on another may be told.
                #expect(sweep.lasting || said.contains(Self.object(of: failed)), "\(failed): \(said)")
            }
            // A call that failed may have left the container; it can be taken away as any other.
            for call in ["Kill", "Wait", "Delete"] { try? await shim.call(call, client) }
            // A lock that cannot be taken may be another's; it goes with the next life, and with `delete`.
            let isLock = failed.hasPrefix("flock ")
            let left = try shim.left(serving: true).filter { !(isLock && $0.hasSuffix(".lock")) }
            #expect(left == [], "\(nth): \(failed): \(said ?? "passed over")")
            // The others are shown by the next one, which would fail in another way.
            if failures.count % 8 == 0 { #expect(await live(shim, client) == nil, "after \(nth): \(failed)") }
            nth += sweep.stride
        }
        #expect(failures.count >= sweep.atLeast)
        try await shim.expectNothingMore(than: before, by: daemon)
        daemon.kill(SIGKILL)
        try await daemon.ended()
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(try shim.left() == [])
    }

    @Test(
        "what could not be removed is by containerd's `delete`",
        arguments: [Errno.io, Errno(rawValue: EBUSY)])
    func removal(_ error: Errno) async throws {
        let shim = try ShimProcess(faults: "")
        let injector = try ErrorInjector(socket: shim.directory.path("injector"), program: shim.program)
        var failures: [String] = []
        for nth in 1..<100 {
            _ = try await shim.act("start", through: injector.wrapper)
            let client = try await shim.client()
            let daemon = try shim.daemon()
            injector.arm(.removals, error, nth: nth)
            let said = await live(shim, client)
            let failed = injector.disarm()
            daemon.kill(SIGKILL)
            try await daemon.ended()
            client.close()
            _ = try await shim.act("-bundle", shim.bundle, "delete")
            #expect(try shim.left() == [], "\(nth): \(failed ?? "nothing"): \(said ?? "passed over")")
            guard let failed else { break }
            failures.append(failed)
        }
        #expect(failures.count >= 10)
    }

    /// What older kernels say of newer calls, and 5.10.223 of execveat(2).
    private static let older: [(ErrorInjector.Kinds, Int32)] = [
        (.closeRange, ENOSYS), (.closeRange, EINVAL), (.mountSetattr, ENOSYS), (.execveat, ENOENT),
    ]

    @Test("on a kernel that does not have it: there is another way", arguments: older)
    func recent(_ kinds: ErrorInjector.Kinds, _ error: Int32) async throws {
        let shim = try ShimProcess(faults: "")
        try shim.writeConfig(
            faults: "",
            mounts: [
                ["type": "bind", "source": "/usr", "destination": "/proc/usr", "options": ["rbind", "ro"]]
            ])
        let injector = try ErrorInjector(socket: shim.directory.path("injector"), program: shim.program)
        injector.arm(kinds, Errno(rawValue: error), nth: 1, lasting: true)
        _ = try await shim.act("start", through: injector.wrapper)
        let client = try await shim.client()
        let daemon = try shim.daemon()
        #expect(await live(shim, client) == nil)
        #expect(injector.disarm() != nil)
        daemon.kill(SIGKILL)
        try await daemon.ended()
        client.close()
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(try shim.left() == [])
    }

    @Test("while the shim starts: there is none then, and the next start works")
    func start() async throws {
        let shim = try ShimProcess(faults: "")
        let injector = try ErrorInjector(socket: shim.directory.path("injector"), program: shim.program)
        let before = try Directory.list(shim.bundle).sorted()
        var failures: [String] = []
        for nth in 1..<100 {
            injector.arm(.writes, .io, nth: nth)
            let said: String?
            do {
                _ = try await shim.act("start", through: injector.wrapper)
                said = nil
            } catch { said = "\(error)" }
            let failed = injector.disarm()
            failures.append("\(failed ?? "nothing") -> \(said ?? "passed over")")
            if let said {
                #expect(said.contains("\(Errno.io)"), "\(failed ?? "")")
                #expect(ForeignProcess.all { $0.contains(shim.id) }.map(\.pid) == [], "\(said)")
                #expect(try Directory.list(shim.bundle).sorted() == before, "\(failed ?? "")")
            } else {
                let client = try await shim.client()
                let daemon = try shim.daemon()
                #expect(await live(shim, client) == nil, "\(failed ?? "")")
                daemon.kill(SIGKILL)
                try await daemon.ended()
                client.close()
                _ = try await shim.act("-bundle", shim.bundle, "delete")
                #expect(try shim.left() == [])
                for name in try Directory.list(shim.bundle) where !before.contains(name) {
                    try File.remove(shim.bundle + "/" + name)
                }
            }
            if failed == nil { break }
        }
        #expect(failures.count > 5 && failures.last?.hasPrefix("nothing") == true)
    }
}

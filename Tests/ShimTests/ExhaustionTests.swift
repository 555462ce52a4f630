import CTestSupport
import Foundation
import Glibc
import Messages
import Runtime
import Sys
import TTRPC
import TestSupport
import Testing

@testable import Shim

/// A shim for which something of the host has run out: what fails says so, leaves nothing, and is over when there is
/// enough again.
@Suite(
    "A host that has run out", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"), .requires(.root),
    .serialized)
struct ExhaustionTests {
    private static let life = ["Create", "Start", "Kill", "Wait", "Delete"]

    /// A running shim, its client and its process.
    private func withShim(
        _ body: (ShimProcess, Client, ForeignProcess) async throws -> Void
    ) async throws {
        let shim = try ShimProcess(faults: "")
        _ = try await shim.act("start")
        let client = try await shim.client()
        let daemon = try shim.daemon()
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(shim, client, daemon)) } catch { outcome = .failure(error) }
        daemon.kill(SIGKILL)
        client.close()
        _ = try await shim.act("-bundle", shim.bundle, "delete")
        #expect(try shim.left() == [])
        try outcome.get()
    }

    /// A whole life; what the first call that failed said, nil when none did.
    private func live(_ shim: ShimProcess, _ client: Client) async -> String? {
        var first: String?
        for call in Self.life {
            do {
                try await shim.call(call, client)
            } catch {
                first = first ?? "\(call): \(error)"
                // There is nothing to kill or to delete then.
                if call == "Create" { break }
            }
        }
        return first
    }

    // MARK: descriptors

    @Test("`delete` finds what is left, although there are more processes than descriptors")
    func manyProcesses() async throws {
        // Before those that are sought: their numbers are lower.
        let others = try RunningCommand(
            "/bin/sh",
            [
                "-c",
                "trap 'trap : TERM; kill 0; exit' TERM; for i in $(seq 100); do sleep 600 & done; echo begun; wait",
            ])
        try await others.printed("begun", within: .seconds(20))
        let shim = try ShimProcess(faults: "")
        _ = try await shim.act("start")
        let client = try await shim.client()
        for call in ["Create", "Start"] { try await shim.call(call, client) }
        let daemon = try shim.daemon()
        daemon.kill(SIGKILL)
        try await daemon.ended()
        client.close()
        _ = try await shim.act(
            "-bundle", shim.bundle, "delete", through: ["/usr/bin/prlimit", "--nofile=64"])
        #expect(try shim.left() == [])
        try await others.stop()
    }

    @Test("EMFILE at every descriptor of a container's life")
    func descriptors() async throws {
        try await withShim { shim, client, daemon in
            #expect(await live(shim, client) == nil)
            let before = try shim.held(by: daemon)
            let open = try Directory.list("/proc/\(daemon.pid)/fd").compactMap { Int($0) }
            let lowest = UInt32(try #require((0...).first { !open.contains($0) }))
            var failures: [String] = []
            var free: UInt32 = 0
            // With as many as a life needs nothing fails any more.
            while failures.count == Int(free), free < 200 {
                let limit = try limitDescriptors(of: daemon, to: lowest + free)
                if let failure = await live(shim, client) { failures.append(failure) }
                _ = try limitDescriptors(of: daemon, to: limit)
                #expect(
                    try shim.left(serving: true) == [],
                    "with \(free) descriptors free: \(failures.last ?? "")")
                #expect(await live(shim, client) == nil, "after \(free) descriptors were free")
                free += 1
            }
            #expect(failures.count > 5 && failures.count < 200)
            for failure in failures { #expect(failure.contains("too many open files"), "\(failure)") }
            try await shim.expectNothingMore(than: before, by: daemon)
        }
    }

    /// Sets the soft limit and gives the one before.
    private func limitDescriptors(of process: ForeignProcess, to count: UInt32) throws -> UInt32 {
        var before: UInt32 = 0
        let result = ts_limit_descriptors(process.pid, count, &before)
        guard result == 0 else { throw SysError("prlimit", "", Errno(rawValue: -result)) }
        return before
    }

    // MARK: processes

    @Test("EAGAIN of clone: no process more than there are")
    func processes() async throws {
        let host = try CgroupHost.current()
        let root = try #require(host.v1["pids"]?.mountpoint ?? host.v2?.mountpoint)
        try await withShim { shim, client, daemon in
            #expect(await live(shim, client) == nil)
            let group = "\(root)/\(shim.id)-shim"
            try Directory.make(group, mode: 0o755)
            try File.write("\(daemon.pid)", toExisting: group + "/cgroup.procs")
            let tasks = try #require(Int(try File.readText(group + "/pids.current").dropLast()))
            try File.write("\(tasks)", toExisting: group + "/pids.max")
            let failure = await live(shim, client)
            try File.write("max", toExisting: group + "/pids.max")
            #expect(try #require(failure).contains("resource temporarily unavailable"), "\(failure ?? "")")
            #expect(try shim.left(serving: true) == [])
            #expect(await live(shim, client) == nil)
            try File.write("\(daemon.pid)", toExisting: root + "/cgroup.procs")
            try Directory.remove(group)
        }
    }

    // MARK: space

    /// Fills a file system of a test's own to its last byte.
    private func fill(_ directory: String) throws {
        let file = try File.open(directory + "/full", [.create, .writeOnly], mode: 0o600)
        defer { file.close() }
        let page = [UInt8](repeating: 0, count: 4096)
        while Glibc.write(file.raw, page, page.count) > 0 {}
        #expect(errno == ENOSPC)
    }

    @Test("ENOSPC for the state of a container, before each call of its life", arguments: life)
    func space(_ full: String) async throws {
        try await withShim { shim, client, daemon in
            let run = shim.directory.path("run")
            try? Directory.make(run, mode: 0o711)
            try Mount.mount(source: "tmpfs", target: run, type: "tmpfs", flags: [], data: "size=1m,mode=711")
            defer { try? Mount.unmountAll(run) }
            var failures: [String] = []
            for call in Self.life {
                if call == full { try fill(run) }
                do { try await shim.call(call, client) } catch { failures.append("\(call): \(error)") }
                if !failures.isEmpty && call == "Create" { break }
            }
            if full == "Create" {
                #expect(failures.first?.contains("no space left on device") == true, "\(failures)")
            } else {
                // A container that exists can be used and removed.
                #expect(failures == [])
            }
            try File.remove(run + "/full")
            #expect(try shim.left(serving: true) == [])
            #expect(await live(shim, client) == nil)
        }
    }

    @Test("ENOSPC for the shim itself: start fails and leaves nothing")
    func bundle() async throws {
        let shim = try ShimProcess(faults: "")
        let config = try File.readText(shim.bundle + "/config.json")
        try Mount.mount(
            source: "tmpfs", target: shim.bundle, type: "tmpfs", flags: [], data: "size=64k,mode=711")
        defer { try? Mount.unmountAll(shim.bundle) }
        try File.writeAtomically(Array(config.utf8), to: shim.bundle + "/config.json", mode: 0o644)
        guard mkfifo(shim.bundle + "/log", 0o600) == 0 else { throw SysError("mkfifo", "", .current) }
        try fill(shim.bundle)
        let before = try Directory.list(shim.bundle).sorted()
        let said = await #expect(throws: (any Error).self) { try await shim.act("start") }
        #expect("\(said.map { "\($0)" } ?? "")".contains("no space left on device"))
        #expect(try Directory.list(shim.bundle).sorted() == before)
        let daemons = ForeignProcess.all { $0.contains(shim.id) }
        #expect(daemons.map(\.pid) == [])
    }
}

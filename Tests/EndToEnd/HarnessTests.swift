import Foundation
import Glibc
import TestSupport
import Testing

/// The harness finds what it looks for: a scenario that asserts "nothing" is worth no more than the search behind it.
@Suite("Test harness", .timeLimit(.minutes(1)))
struct HarnessTests {
    @Test(.requires(.root))
    func executionsOfDescendantsAreSeen() async throws {
        let shell = try RunningCommand(
            "/bin/sh", ["-c", "echo ready; read go; (/bin/echo short; exec /bin/true)"], input: .open)
        // The shell's own execution may be told of late: it is none of its descendants'.
        try await shell.printed("ready", within: .seconds(10))
        let watch = try ExecWatch(root: shell.pid)
        try shell.write(Array("go\n".utf8))
        #expect(try await shell.exitStatus(within: .seconds(10)) == .exited(0))
        let executions = try await watch.finish()
        #expect(executions.map(\.arguments) == [["/bin/echo", "short"], ["/bin/true"]])
        #expect(executions.allSatisfy { $0.ancestors.last == shell.pid })
    }

    @Test(.requires(.root))
    func whatIsLeftIsFound() async throws {
        let directory = try TemporaryDirectory("left")
        let marker = "left-\(getpid())"
        try directory.write("", to: "state/bundle")
        try directory.write("", to: "mounted/file")
        let process = try RunningCommand("/bin/sh", ["-c", "read wait", marker], input: .open)
        try await run("mount", ["-t", "tmpfs", marker, directory.path("mounted")]).checked()

        let found = Leftovers.find(
            markers: [marker], expected: [], sockets: Leftovers.socketsNow(),
            directories: [directory.path("state")])
        #expect(found.processes.map(\.pid) == [process.pid])
        #expect(found.mounts.count == 1)
        #expect(found.files == [directory.path("state/bundle")])
        #expect(!found.isEmpty)

        found.clear()
        #expect(try await process.exitStatus(within: .seconds(10)) == .signalled(SIGKILL))
        let after = Leftovers.find(
            markers: [marker], expected: [], sockets: Leftovers.socketsNow(),
            directories: [directory.path("state")])
        #expect(after.isEmpty, "\(after)")
    }

    @Test(.requires(.root))
    func aGroupOfAContainerIsFoundAndTheEmptyParentIsNot() throws {
        let roots = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"]
        let root = try #require(roots.first { FileManager.default.fileExists(atPath: "\($0)/cgroup.procs") })
        let namespace = "left-\(getpid())-group"
        let group = "\(root)/\(namespace)"
        func found() -> [String] {
            Leftovers.find(markers: [namespace], expected: [], sockets: [], directories: []).cgroups
        }
        #expect(mkdir(group, 0o755) == 0)
        #expect(found().isEmpty)
        #expect(mkdir("\(group)/container", 0o755) == 0)
        #expect(found() == ["\(group)/container"])
        Leftovers.removeGroups(of: namespace)
        #expect(!FileManager.default.fileExists(atPath: group))
    }

    @Test
    func aCommandThatDoesNotEndIsKilledAndSaysWhatItPrinted() async throws {
        let error = await #expect(throws: CommandFailed.self) {
            try await run(
                "/bin/sh", ["-c", "trap '' TERM; echo so far; sleep 60"], deadline: .milliseconds(500))
        }
        #expect(error?.description.contains("so far") == true)
    }

    @Test
    func memoryIsRead() throws {
        let use = try #require(ProcessRecord(pid: getpid())?.memory())
        #expect(use.rss > 1000 && use.privateDirty > 100 && use.privateDirty < use.rss)
    }
}

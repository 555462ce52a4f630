import Foundation
import Glibc
import Messages
import Sys
import TTRPC
import TestSupport
import Testing

extension EndToEnd {
    /// What stands around a container is killed or stopped: containerd, clients, loggers, the shim.
    @Suite("Kills around a container")
    struct BystanderTests {
        private static let stacks = Stack.underTest.filter { $0.runsc == .r24 }

        /// Kills a container, and expects that this is what ended it.
        private func kill(_ id: String, _ containerd: PrivateContainerd) async throws {
            try await containerd.ctr("tasks", "kill", "--signal", "SIGKILL", id).checked()
            try await expectEnd(of: id, 137, containerd)
        }

        private func expectEnd(
            of id: String, _ code: Int, _ containerd: PrivateContainerd,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            try await containerd.stopped(id)
            // ctr tells the exit code of a task that it deletes on stderr.
            let delete = try await containerd.ctr("tasks", "delete", id)
            #expect(delete.errorText.contains("\(code)"), "\(delete)", sourceLocation: sourceLocation)
            try await containerd.ctr("containers", "delete", id).checked()
        }

        /// containerd renames a bundle that it removes, to a name with a dot first; one that it did not come to remove before
        /// it was killed it leaves there for good.
        private func removeHalfRemovedBundles(of containerd: PrivateContainerd) {
            for directory in containerd.containerDirectories {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
                for name in names where name.hasPrefix(".") {
                    try? FileManager.default.removeItem(atPath: "\(directory)/\(name)")
                }
            }
        }

        /// A shim that containerd knows nothing of, or takes for a task, ends by itself within minutes, since it has no
        /// container; only then it heeds SIGTERM, too.
        private func expectNothingLeft(
            _ containerd: PrivateContainerd, _ comment: @autoclosure () -> Comment = "",
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            if !(try await containerd.leftovers(after: .seconds(3))).isEmpty {
                for shim in containerd.shims() { Glibc.kill(shim.pid, SIGTERM) }
            }
            let left = try await containerd.leftovers(after: .seconds(8))
            #expect(left.isEmpty, "\(comment()):\n\(left)", sourceLocation: sourceLocation)
        }

        // MARK: containerd

        @Test(arguments: stacks)
        func containerdIsKilledWhileContainersRunAndEnd(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let flag = try await containerd.endingWithFile("away", code: 77)
                try await containerd.detached("lasting", EndToEnd.idle)
                try await containerd.crash()
                #expect(try await run("rm", [flag]).code == 0)
                try await containerd.start()
                let log = try await EventLog(containerd)
                let look = try await containerd.exec("lasting", "look", ["echo", "here"])
                #expect(look.outputText == "here\n", "\(look)")
                try await expectEnd(of: "away", 77, containerd)
                try await kill("lasting", containerd)
                try await log.deleted("lasting")
                #expect(log.exits(of: "lasting") == [137])
                // Told while nobody listened, or once.
                #expect([[], [77]].contains(log.exits(of: "away")))
                try await log.stop()
            }
        }

        /// At some moment of the creation, another one each time.
        @Test(arguments: stacks)
        func containerdIsKilledWhileContainersAreCreated(_ stack: Stack) async throws {
            var random = SeededGenerator()
            try await withContainerd(stack) { containerd in
                for round in 0..<5 {
                    let id = "born\(round)"
                    let ctr = try containerd.ctrRunning(
                        containerd.runArguments(id, EndToEnd.idle, flags: ["--detach"]))
                    let moment = Int.random(in: 0...500, using: &random)
                    try await Task.sleep(for: .milliseconds(moment))
                    try await containerd.crash()
                    _ = try await ctr.result(deadline: .seconds(20))
                    try await containerd.start()
                    // Whatever there is of it can be taken away.
                    if try await containerd.state(of: id) != nil {
                        try await containerd.ctr("tasks", "delete", "--force", id).checked()
                    }
                    _ = try await containerd.ctr("containers", "delete", id)
                    removeHalfRemovedBundles(of: containerd)
                    try await expectNothingLeft(containerd, "after \(moment) ms, seed \(random.seed)")
                }
                try await containerd.nextContainerWorks()
            }
        }

        /// At some moment of the end, another one each time.
        @Test(arguments: stacks)
        func containerdIsKilledWhileContainersAreKilled(_ stack: Stack) async throws {
            var random = SeededGenerator()
            try await withContainerd(stack) { containerd in
                for round in 0..<5 {
                    let id = "dies\(round)"
                    try await containerd.detached(id, EndToEnd.idle)
                    let ctr = try containerd.ctrRunning(["tasks", "delete", "--force", id])
                    let moment = Int.random(in: 0...150, using: &random)
                    try await Task.sleep(for: .milliseconds(moment))
                    try await containerd.crash()
                    _ = try await ctr.result(deadline: .seconds(20))
                    try await containerd.start()
                    if try await containerd.state(of: id) != nil {
                        // ctr's own exit code is the container's.
                        _ = try await containerd.ctr("tasks", "delete", "--force", id)
                    }
                    _ = try await containerd.ctr("containers", "delete", id)
                    removeHalfRemovedBundles(of: containerd)
                    try await expectNothingLeft(containerd, "after \(moment) ms, seed \(random.seed)")
                }
                try await containerd.nextContainerWorks()
            }
        }

        /// It asks for the end of the shim after that of the task; in between it knows nothing of the shim when it comes back,
        /// and its 1.6 asks nothing but Connect.
        @Test(arguments: stacks)
        func containerdIsKilledWhenATaskIsDeleted(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                try await containerd.detached("c", EndToEnd.idle)
                let bundle = try #require(containerd.containerDirectories.first) + "/c"
                let address = try String(contentsOfFile: bundle + "/address", encoding: .utf8)
                try await containerd.crash()
                // What it had asked for before.
                let shim = try Client(connecting: .path(String(address.trimmingPrefix("unix://"))))
                let task = "containerd.task.v2.Task"
                let _: Empty = try await shim.call(task, "Kill", KillRequest(id: "c", signal: 9))
                let _: WaitResponse = try await shim.call(task, "Wait", WaitRequest(id: "c"))
                let _: DeleteResponse = try await shim.call(task, "Delete", DeleteRequest(id: "c"))
                shim.close()
                try await containerd.start()
                #expect(try await containerd.state(of: "c") == nil)
                #expect(!FileManager.default.fileExists(atPath: bundle))
                try await containerd.ctr("containers", "delete", "c").checked()
                try await expectNothingLeft(containerd)
            }
        }

        @Test(arguments: stacks)
        func containerdIsStoppedWhileAContainerEnds(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let log = try await EventLog(containerd)
                let flag = try await containerd.endingWithFile("ends", code: 78)
                let pid = try #require(containerd.pid)
                #expect(Glibc.kill(pid, SIGSTOP) == 0)
                #expect(try await run("rm", [flag]).code == 0)
                // Longer than the shim waits for an event to be taken.
                try await Task.sleep(for: .seconds(6))
                #expect(Glibc.kill(pid, SIGCONT) == 0)
                try await expectEnd(of: "ends", 78, containerd)
                try await log.deleted("ends")
                #expect(log.exits(of: "ends") == [78])
                try await log.stop()
            }
        }

        // MARK: the shim

        @Test(arguments: stacks)
        func theShimIsKilled(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let log = try await EventLog(containerd)
                try await containerd.detached("c", EndToEnd.idle)
                // An id that the other is the beginning of: nothing of it is touched.
                try await containerd.detached("c0", EndToEnd.idle)
                let shim = try #require(containerd.shims().first { $0.arguments.contains("c") })
                #expect(Glibc.kill(shim.pid, SIGKILL) == 0)
                // containerd runs `delete`, and tells of both ends.
                try await log.deleted("c")
                #expect(log.exits(of: "c") == [137])
                try await containerd.ctr("containers", "delete", "c").checked()
                let look = try await containerd.exec("c0", "look", ["echo", "here"])
                #expect(look.outputText == "here\n", "\(look)")
                try await kill("c0", containerd)
                try await log.stop()
                let left = try await containerd.leftovers(after: .seconds(5))
                #expect(left.isEmpty, "\(left)")
                try await containerd.nextContainerWorks()
            }
        }

        // MARK: clients

        @Test(arguments: stacks, [false, true])
        func theClientOfAContainerIsKilled(_ stack: Stack, _ terminal: Bool) async throws {
            try await withContainerd(stack) { containerd in
                let screen = terminal ? try PseudoTerminal() : nil
                // Writes all the time, more than any pipe holds.
                let script = "i=0; while true; do i=$((i+1)); echo line $i; done"
                let ctr = try containerd.ctrRunning(
                    containerd.runArguments(
                        "busy", ["sh", "-c", script], flags: terminal ? ["--tty"] : []),
                    terminal: screen)
                if let screen {
                    try await screen.shown("line 10", within: .seconds(20))
                } else {
                    try await ctr.printed("line 10", within: .seconds(20))
                }
                ctr.signal(SIGKILL)
                _ = try await ctr.exitStatus(within: .seconds(5))
                #expect(try await containerd.state(of: "busy") == "RUNNING")
                #expect(try await containerd.exec("busy", "look", ["echo", "here"]).outputText == "here\n")
                try await kill("busy", containerd)
            }
        }

        @Test(arguments: stacks, [false, true])
        func theClientOfAnExecIsKilled(_ stack: Stack, _ terminal: Bool) async throws {
            try await withContainerd(stack) { containerd in
                try await containerd.detached("host", EndToEnd.idle)
                let screen = terminal ? try PseudoTerminal() : nil
                let script = "i=0; while true; do i=$((i+1)); echo line $i; done"
                let ctr = try containerd.ctrRunning(
                    containerd.execArguments(
                        "host", "busy", ["sh", "-c", script], flags: terminal ? ["--tty"] : []),
                    terminal: screen)
                if let screen {
                    try await screen.shown("line 10", within: .seconds(20))
                } else {
                    try await ctr.printed("line 10", within: .seconds(20))
                }
                ctr.signal(SIGKILL)
                _ = try await ctr.exitStatus(within: .seconds(5))
                #expect(try await containerd.exec("host", "look", ["echo", "here"]).outputText == "here\n")
                try await containerd.ctr(
                    "tasks", "kill", "--exec-id", "busy", "--signal", "SIGKILL", "host"
                ).checked()
                try await kill("host", containerd)
            }
        }

        // MARK: loggers

        @Test(arguments: stacks)
        func theLoggerIsKilled(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let directory = containerd.directory
                // Says which process it is, and writes down what it gets.
                let logger = try directory.write(
                    """
                    #!/bin/sh
                    echo $$ >"\(directory.path("logger.pid"))"
                    exec 5>&-
                    exec cat <&3 >"\(directory.path("logged"))"
                    """, to: "logger.sh", mode: 0o755)
                let mount = "type=bind,src=\(directory.path),dst=/shared,options=rbind:ro"
                // More than a pipe holds, once the logger is gone; then the code says that all was written.
                let script =
                    "echo begin; until test -e /shared/gone; do sleep 0.1; done; seq 1 100000 && exit 79; exit 1"
                try await containerd.detached(
                    "logged", ["sh", "-c", script],
                    flags: ["--log-uri", "binary:///bin/sh?\(logger)", "--mount", mount])
                let pid = try #require(
                    Int32(
                        try String(contentsOfFile: directory.path("logger.pid"), encoding: .utf8).dropLast()))
                #expect(Glibc.kill(pid, SIGKILL) == 0)
                try directory.write("", to: "gone")
                try await expectEnd(of: "logged", 79, containerd)
                #expect(containerd.log.contains("has ended with 137: what is written to it is lost"))
            }
        }
    }
}

import TestSupport
import Testing

extension EndToEnd {
    /// containerd may end and come back: containers go on without it.
    @Suite("Restart of containerd")
    struct RestartTests {
        @Test(arguments: Stack.underTest)
        func aContainerSurvives(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                try await containerd.detached(
                    "lasting", ["sh", "-c", "echo before >/tmp/mark; exec sleep 600"])
                try await containerd.restart()
                #expect(try await containerd.state(of: "lasting") == "RUNNING")
                let mark = try await containerd.exec("lasting", "look", ["cat", "/tmp/mark"])
                #expect(mark.outputText == "before\n")

                try await containerd.ctr("tasks", "kill", "--signal", "SIGKILL", "lasting").checked()
                try await containerd.stopped("lasting")
                let delete = try await containerd.ctr("tasks", "delete", "lasting").checked()
                // ctr tells the exit code of a task that it deletes on stderr.
                #expect(delete.errorText.contains("137"), "\(delete)")
                try await containerd.ctr("containers", "delete", "lasting").checked()
            }
        }

        @Test(arguments: Stack.underTest)
        func anExitWhileContainerdIsAwayIsKept(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let flag = try await containerd.endingWithFile("away", code: 77)
                try await containerd.stop()
                #expect(try await run("rm", [flag]).code == 0)
                try await containerd.start()
                try await containerd.stopped("away")
                let delete = try await containerd.ctr("tasks", "delete", "away").checked()
                #expect(delete.errorText.contains("77"), "\(delete)")
                try await containerd.ctr("containers", "delete", "away").checked()
            }
        }
    }
}

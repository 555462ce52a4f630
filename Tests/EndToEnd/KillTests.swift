import TestSupport
import Testing

extension EndToEnd {
    /// Signals reach the container's init, and its end reaches the client.
    @Suite("Kill")
    struct KillTests {
        @Test(arguments: RunscRelease.underTest)
        func aSignalIsDelivered(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                for (signal, code) in [("SIGTERM", Int32(43)), ("SIGUSR1", Int32(42))] {
                    let script =
                        "trap 'echo caught; exit \(code)' \(signal.dropFirst(3)); echo ready; "
                        + "while true; do sleep 1 & wait $!; done"
                    let ctr = try containerd.ctrRunning(
                        containerd.runArguments("trap\(code)", ["sh", "-c", script]))
                    try await ctr.printed("ready", within: .seconds(20))
                    try await containerd.ctr("tasks", "kill", "--signal", signal, "trap\(code)").checked()
                    let result = try await ctr.result(deadline: .seconds(20))
                    #expect(result.code == code, "\(result)")
                    #expect(result.outputText == "ready\ncaught\n")
                }
            }
        }

        @Test(arguments: Stack.underTest)
        func killEndsWhatDoesNotListen(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let ctr = try containerd.ctrRunning(
                    containerd.runArguments("deaf", ["sh", "-c", "trap '' TERM; echo ready; sleep 600"]))
                try await ctr.printed("ready", within: .seconds(20))
                try await containerd.ctr("tasks", "kill", "--signal", "SIGTERM", "deaf").checked()
                #expect(try await containerd.state(of: "deaf") == "RUNNING")
                try await containerd.ctr("tasks", "kill", "--signal", "SIGKILL", "deaf").checked()
                let result = try await ctr.result(deadline: .seconds(20))
                #expect(result.code == 137, "\(result)")
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func anExecIsKilledAlone(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                try await containerd.detached("host", EndToEnd.idle)
                let exec = try containerd.ctrRunning(
                    containerd.execArguments("host", "victim", ["sh", "-c", "echo ready; exec sleep 600"]))
                try await exec.printed("ready", within: .seconds(20))
                try await containerd.ctr(
                    "tasks", "kill", "--exec-id", "victim", "--signal", "SIGKILL", "host"
                ).checked()
                #expect(try await exec.result(deadline: .seconds(20)).code == 137)
                #expect(try await containerd.state(of: "host") == "RUNNING")
                try await containerd.remove("host")
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func aStoppedTaskIsNotKilledAgain(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                try await containerd.detached("gone", ["true"])
                try await containerd.stopped("gone")
                let result = try await containerd.ctr("tasks", "kill", "gone")
                #expect(result.errorText.contains("not found"), "\(result)")
                try await containerd.remove("gone")
            }
        }
    }
}

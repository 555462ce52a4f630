import TestSupport
import Testing

extension EndToEnd {
    /// Further processes in a running container.
    @Suite("Exec")
    struct ExecTests {
        @Test(arguments: Stack.underTest)
        func anExecHasItsOwnCodeAndStreams(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                try await containerd.detached("host", EndToEnd.idle)
                let result = try await containerd.exec(
                    "host", "one", ["sh", "-c", "cat; echo err >&2; exit 7"], input: Array("through\n".utf8))
                #expect(result.code == 7, "\(result)")
                #expect(result.outputText == "through\n")
                #expect(result.errorText == "err\n")

                // The id may be used again, and the container has not noticed.
                let again = try await containerd.exec("host", "one", ["echo", "again"])
                #expect(again.outputText == "again\n")
                #expect(try await containerd.state(of: "host") == "RUNNING")
                try await containerd.remove("host")
            }
        }

        /// The client of containerd 2 closes its streams when it has deleted an exec, whatever it has read.
        @Test(arguments: Stack.underTest)
        func shortExecsAtOnceKeepTheirCodesAndOutput(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                try await containerd.detached("many", EndToEnd.idle)
                try await withThrowingTaskGroup(of: (Int32, CommandResult).self) { group in
                    for index: Int32 in 1...20 {
                        let script = "echo \(index); exit \(index)"
                        group.addTask {
                            (index, try await containerd.exec("many", "e\(index)", ["sh", "-c", script]))
                        }
                    }
                    for try await (index, result) in group {
                        #expect(result.code == index && result.outputText == "\(index)\n", "\(result)")
                    }
                }
                try await containerd.remove("many")
            }
        }

        @Test(arguments: Stack.underTest)
        func anExecHasATerminal(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                try await containerd.detached("host", EndToEnd.idle)
                let terminal = try PseudoTerminal()
                let ctr = try containerd.ctrRunning(
                    containerd.execArguments(
                        "host", "tty",
                        ["sh", "-c", "test -t 1 && echo a tty; read word; echo got $word; exit 3"],
                        flags: ["--tty"]),
                    terminal: terminal)
                try await terminal.shown("a tty", within: .seconds(20))
                try terminal.type("this\n")
                try await terminal.shown("got this", within: .seconds(10))
                #expect(try await ctr.exitStatus(within: .seconds(20)) == .exited(3))
                try await containerd.remove("host")
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func anExecOfNothingIsAnErrorThatNamesIt(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                try await containerd.detached("host", EndToEnd.idle)
                let result = try await containerd.exec("host", "bad", ["/no/such/program"])
                #expect(result.code != 0)
                #expect(result.errorText.contains("/no/such/program"), "\(result)")
                #expect(try await containerd.state(of: "host") == "RUNNING")
                try await containerd.remove("host")
            }
        }
    }
}

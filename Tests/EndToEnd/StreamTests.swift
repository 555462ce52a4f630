import TestSupport
import Testing

extension EndToEnd {
    /// What goes in comes out, to the last byte.
    @Suite("Streams")
    struct StreamTests {
        @Test(arguments: RunscRelease.underTest)
        func tenMegabytesArriveIntact(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let result = try await containerd.container(
                    "big", ["sh", "-c", "seq 1 1500000 | tee /tmp/copy; sha256sum </tmp/copy >&2"])
                #expect(result.code == 0)
                #expect(result.output.count > 10 << 20)
                let expected = (1...1_500_000).lazy.map { "\($0)\n" }.joined().utf8
                // Compared outside of the macro, which would print both.
                let intact = result.output.elementsEqual(expected)
                #expect(intact, "the output is not what was written")
                let checksum = try await run("sha256sum", [], input: result.output)
                #expect(checksum.outputText == result.errorText)
            }
        }

        @Test(arguments: Stack.underTest)
        func outputAndErrorsAreApart(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let result = try await containerd.container("two", ["sh", "-c", "echo out; echo err >&2"])
                #expect(result.outputText == "out\n")
                #expect(result.errorText == "err\n")
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func inputIsReadToItsEnd(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let input = Array(repeating: Array("0123456789abcde\n".utf8), count: 1 << 16).flatMap { $0 }
                let result = try await containerd.container("echo", ["cat"], input: input)
                #expect(result.code == 0)
                let same = result.output == input
                #expect(same, "\(result.output.count) bytes came back of \(input.count)")
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func inputIsAnsweredWhileItIsOpen(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let ctr = try containerd.ctrRunning(
                    containerd.runArguments(
                        "talk", ["sh", "-c", "while read line; do echo got $line; done; exit 5"]),
                    input: .open)
                try ctr.write(Array("one\n".utf8))
                try await ctr.printed("got one\n", within: .seconds(20))
                try ctr.write(Array("two\n".utf8))
                try await ctr.printed("got two\n", within: .seconds(10))
                ctr.closeInput()
                #expect(try await ctr.result(deadline: .seconds(20)).code == 5)
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func aTerminalIsATerminal(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let terminal = try PseudoTerminal(rows: 33, columns: 101)
                // ctr gives the size after the start: the program looks until it is there.
                let script =
                    "test -t 0 && test -t 1 && echo a tty; "
                    + "until stty size 2>/dev/null | grep 101; do sleep 0.1; done; read word; echo got $word; exit 9"
                let ctr = try containerd.ctrRunning(
                    containerd.runArguments("tty", ["sh", "-c", script], flags: ["--rm", "--tty"]),
                    terminal: terminal)
                try await terminal.shown("a tty", within: .seconds(20))
                try await terminal.shown("33 101", within: .seconds(10))
                try terminal.type("word\n")
                try await terminal.shown("got word", within: .seconds(10))
                #expect(try await ctr.exitStatus(within: .seconds(20)) == .exited(9))
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func aTerminalIsResized(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let terminal = try PseudoTerminal(rows: 33, columns: 101)
                // SIGWINCH tells the program inside, which then shows the new size.
                let script =
                    "trap 'stty size' WINCH; echo ready; while ! test -e /tmp/end; do sleep 1 & wait $!; done"
                let ctr = try containerd.ctrRunning(
                    containerd.runArguments("size", ["sh", "-c", script], flags: ["--rm", "--tty"]),
                    terminal: terminal)
                try await terminal.shown("ready", within: .seconds(20))
                // ctr asks for the size once and only then listens for changes: one in between is lost to it.
                for rows in UInt16(44)... {
                    try terminal.resize(rows: rows, columns: 122)
                    if (try? await terminal.shown("\(rows) 122", within: .seconds(2))) != nil { break }
                    try #require(rows < 50, "no change of the size reached the container")
                }
                try await containerd.exec("size", "end", ["touch", "/tmp/end"]).checked()
                #expect(try await ctr.exitStatus(within: .seconds(20)) == .exited(0))
            }
        }
    }
}

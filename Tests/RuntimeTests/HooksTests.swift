import Foundation
import OCI
import Runtime
import Sys
import Testing

@Suite("Hooks", .timeLimit(.minutes(1)))
struct HooksTests {
    private let state = State(
        ociVersion: "1.2.0", id: "c1", status: .creating, pid: 42, bundle: "/bundle",
        annotations: ["key": "value"])

    /// A shell that runs a script, which finds further arguments in $1 and so on.
    private func shell(_ script: String, _ arguments: String..., env: [String] = [], timeout: Int64? = nil)
        -> Spec.Hook
    {
        Spec.Hook(
            path: "/bin/sh", args: ["sh", "-c", script, "name"] + arguments, env: env, timeout: timeout)
    }

    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/hooks-\(UUID().uuidString)"
        try Directory.make(path, mode: 0o700)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func failure(_ hook: Spec.Hook) async -> String {
        do {
            try await Hooks.execute(hook, state: state)
            return "no failure"
        } catch { return "\(error)" }
    }

    @Test func theStateIsOnStandardInput() async throws {
        try await withDirectory { directory in
            try await Hooks.execute(
                shell("/bin/cat > $1/state; /bin/cat /dev/stdin > $1/again", directory), state: state)
            let read = try JSONValue.parse(File.read("\(directory)/state"))
            #expect(
                read == [
                    "ociVersion": "1.2.0", "id": "c1", "status": "creating", "pid": 42, "bundle": "/bundle",
                    "annotations": ["key": "value"],
                ])
        }
    }

    @Test func argumentsAndEnvironmentAreTheHooksAlone() async throws {
        try await withDirectory { directory in
            // The program's name is the first argument as given, whatever the path is.
            try await Hooks.execute(
                Spec.Hook(
                    path: "/bin/sh", args: ["other", "-c", "tr '\\0' '\\n' < /proc/$$/cmdline > $OUT/args"],
                    env: ["OUT=\(directory)", "PATH=/usr/bin:/bin"]), state: state)
            #expect(try File.readText("\(directory)/args").hasPrefix("other\n-c\n"))
            try await Hooks.execute(
                Spec.Hook(
                    path: "/bin/sh",
                    args: ["sh", "-c", "tr '\\0' '\\n' < /proc/$$/environ > \(directory)/env"],
                    env: ["A=1", "PATH=/usr/bin:/bin"]), state: state)
            let env = try File.readText("\(directory)/env")
            #expect(env == "A=1\nPATH=/usr/bin:/bin\n")
        }
    }

    @Test func nothingElseIsOpenInAHook() async throws {
        try await withDirectory { directory in
            try await Hooks.execute(
                shell("ls /proc/$$/fd > $1/fds", directory, env: ["PATH=/usr/bin:/bin"]), state: state)
            let numbers = Set(try File.readText("\(directory)/fds").split(separator: "\n"))
            // A shell keeps one of its own at 10 while it redirects.
            #expect(numbers.subtracting(["10"]) == ["0", "1", "2"])
        }
    }

    @Test func aScriptIsRunByItsInterpreter() async throws {
        try await withDirectory { directory in
            // Written by a child: a descriptor of ours that is open for writing would make the file busy.
            try await Hooks.execute(
                shell(
                    "printf '#!/bin/sh\\necho $1 > %s/ran\\n' $1 > $1/hook; /bin/chmod 700 $1/hook", directory
                ),
                state: state)
            try await Hooks.execute(
                Spec.Hook(path: "\(directory)/hook", args: ["hook", "argument"]), state: state)
            let text = try File.readText("\(directory)/ran")
            #expect(text == "argument\n")
        }
    }

    @Test func withoutArgumentsThePathIsTheFirst() async throws {
        try await Hooks.execute(Spec.Hook(path: "/bin/true"), state: state)
        #expect(await failure(Spec.Hook(path: "/bin/false")).contains("hook /bin/false exited with 1"))
    }

    @Test func aFailureNamesTheHookAndWhatItPrinted() async {
        let text = await failure(shell("echo out; echo err >&2; exit 3"))
        #expect(text.contains("/bin/sh exited with 3"))
        #expect(text.contains(#"stdout: "out\n""#) && text.contains(#"stderr: "err\n""#))
    }

    @Test func aSignalIsAFailure() async {
        #expect(await failure(shell("kill -TERM $$")).contains("was killed by signal 15"))
    }

    @Test(arguments: ["", "  ", "\t\n"])
    func anEmptyPathIsRefused(_ path: String) async {
        #expect(await failure(Spec.Hook(path: path)) == "empty path for hook")
    }

    @Test func aRelativePathIsRefused() async {
        #expect(await failure(Spec.Hook(path: "bin/true")).contains("not absolute: \"bin/true\""))
    }

    @Test(arguments: [0, -1] as [Int64])
    func aTimeoutThatIsNotPositiveIsRefused(_ timeout: Int64) async {
        #expect(await failure(Spec.Hook(path: "/bin/true", timeout: timeout)).contains("timeout"))
    }

    @Test func aMissingProgramIsNamed() async {
        let text = await failure(Spec.Hook(path: "/nonexistent/hook"))
        #expect(text.contains("hook /nonexistent/hook") && text.contains("no such file"))
    }

    @Test func aFileThatCannotBeRunIsNamed() async {
        #expect(
            await failure(Spec.Hook(path: "/etc/passwd")).contains(
                "hook /etc/passwd: start /etc/passwd: exec"))
    }

    @Test func aTimeoutKillsAndReportsWhatWasPrinted() async throws {
        try await withDirectory { directory in
            let text = await failure(
                shell(
                    "echo before; echo $$ > $1/pid; exec sleep 100", directory, env: ["PATH=/usr/bin:/bin"],
                    timeout: 1))
            #expect(text.contains("timeout executing hook /bin/sh"))
            #expect(text.contains(#"stdout: "before\n""#))
            let pid = try #require(Int32(try File.readText("\(directory)/pid").dropLast()))
            #expect(!Kernel.exists(pid))
        }
    }

    @Test func cancellingKillsAHookWithoutATimeout() async throws {
        try await withDirectory { directory in
            let fifo = "\(directory)/fifo"
            // The hook tells by the pipe that it runs, then sleeps for ever.
            let mkfifo = shell("mkfifo $1", fifo, env: ["PATH=/usr/bin:/bin"])
            try await Hooks.execute(mkfifo, state: state)
            let pipe = try AsyncFD(try File.open(fifo, [.readWrite]))
            let hook = shell("echo $$ > $1; exec sleep 100", fifo, env: ["PATH=/usr/bin:/bin"])
            let running = Task { [state] in try await Hooks.execute(hook, state: state) }
            let pid = try #require(
                Int32(String(decoding: try await pipe.read(upTo: 32), as: UTF8.self).dropLast()))
            pipe.close()
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(!Kernel.exists(pid))
        }
    }

    @Test func aLotOfOutputIsReadAndCut() async {
        // More than a pipe holds: a hook that nobody reads would never end.
        let text = await failure(
            shell("head -c 300000 /dev/zero | tr '\\0' x; exit 9", env: ["PATH=/usr/bin:/bin"]))
        #expect(text.contains("exited with 9"))
        #expect(text.count { $0 == "x" } >= 65536)
        #expect(text.utf8.count < 70000)
    }

    @Test func aDescendantThatKeepsTheOutputOpenIsNotWaitedFor() async throws {
        try await withDirectory { directory in
            let text = await failure(
                shell(
                    "sleep 100 & echo $! > $1/pid; echo said; exit 4", directory, env: ["PATH=/usr/bin:/bin"])
            )
            #expect(text.contains("exited with 4") && text.contains("said"))
            let pid = try #require(Int32(try File.readText("\(directory)/pid").dropLast()))
            #expect(Kernel.exists(pid))
            try Kernel.signal(pid, Signal.kill)
        }
    }

    @Test func theFirstFailureEndsTheList() async throws {
        try await withDirectory { directory in
            let hooks = [
                shell("echo 1 >> $1/log", directory), shell("exit 2"), shell("echo 3 >> $1/log", directory),
            ]
            await #expect(throws: RuntimeError.self) { try await Hooks.executeAll(hooks, state: state) }
            let text = try File.readText("\(directory)/log")
            #expect(text == "1\n")
        }
    }

    @Test func bestEffortRunsAllInOrderAndWarns() async throws {
        try await withDirectory { directory in
            let hooks = [
                shell("echo 1 >> $1/log", directory), shell("exit 2"), shell("echo 3 >> $1/log", directory),
                Spec.Hook(path: ""),
            ]
            let warnings = await Hooks.executeBestEffort(hooks, state: state)
            let text = try File.readText("\(directory)/log")
            #expect(text == "1\n3\n")
            #expect(warnings.count == 2)
            #expect(warnings.first?.contains("exited with 2") == true)
            #expect(warnings.last == "empty path for hook")
        }
    }
}

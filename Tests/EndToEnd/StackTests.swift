import TestSupport
import Testing

extension EndToEnd {
    /// Every release of containerd runs containers of every release of runsc.
    @Suite("Releases")
    struct StackTests {
        @Test(arguments: Stack.all)
        func aContainerRunsAndIsGone(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let result = try await containerd.container(
                    "short", ["sh", "-c", "echo out; echo err >&2; exit 5"])
                #expect(result.code == 5, "\(result)")
                #expect(result.outputText == "out\n" && result.errorText == "err\n", "\(result)")

                try await containerd.detached("long", EndToEnd.idle)
                let exec = try await containerd.exec("long", "one", ["sh", "-c", "echo inside; exit 3"])
                #expect(exec.code == 3 && exec.outputText == "inside\n", "\(exec)")
                let pids = try await containerd.ctr("tasks", "ps", "long").checked()
                #expect(pids.lines.count >= 2, "\(pids)")
                let metrics = try await containerd.ctr("tasks", "metrics", "long").checked()
                #expect(metrics.outputText.contains("memory"), "\(metrics)")
                try await containerd.remove("long")
            }
        }
    }
}

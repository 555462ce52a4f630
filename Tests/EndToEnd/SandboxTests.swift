import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// What only holds when the container is in gVisor, run by this shim.
    @Suite("The sandbox", .requires(.gVisor))
    struct SandboxTests {
        @Test(arguments: RunscRelease.underTest)
        func theKernelIsGVisor(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let result = try await containerd.container("log", ["dmesg"])
                #expect(result.outputText.contains("Starting gVisor"), "\(result)")
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func nothingIsExecutedButTheShimTheSandboxAndTheGofer(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                // The first container of a release asks runsc what it knows; the answer is kept.
                try await containerd.container("first", ["true"]).checked()
                let pid = try #require(containerd.pid)
                let watch = try ExecWatch(root: pid)
                try await containerd.detached("watched", EndToEnd.idle)
                #expect(try await containerd.exec("watched", "e", ["true"]).code == 0)
                try await containerd.remove("watched")
                let executions = try await watch.finish()
                for line in executions { print("executed by \(release.rawValue):", line) }

                let sandbox = Set(executions.filter { Self.isSandboxOrGofer($0) }.map(\.pid))
                #expect(!sandbox.isEmpty, "the watch saw no sandbox")
                let other = executions.filter { execution in
                    !Self.isSandboxOrGofer(execution) && !Self.isShim(execution)
                        && sandbox.isDisjoint(with: execution.ancestors)
                }
                #expect(other.isEmpty)
            }
        }

        private static func isShim(_ execution: ExecWatch.Execution) -> Bool {
            execution.arguments.first?.hasSuffix(Settings.shimName) == true
        }

        /// Whether it is `runsc [flags] boot` or `runsc [flags] gofer`.
        private static func isSandboxOrGofer(_ execution: ExecWatch.Execution) -> Bool {
            guard execution.arguments.first?.contains("runsc") == true, !isShim(execution) else {
                return false
            }
            return ["boot", "gofer"].contains(execution.arguments.dropFirst().first { !$0.hasPrefix("-") })
        }

        /// The memory of a shim that has settled: it gives up what it does not need a second after its last call, of which
        /// nothing outside tells.
        private func idleMemory(of shim: ProcessRecord) async throws -> MemoryUse {
            var last = try #require(shim.memory())
            for _ in 0..<50 {
                try await Task.sleep(for: .milliseconds(100))
                let next = try #require(shim.memory())
                if next.rss < last.rss { return next }
                last = next
            }
            return last
        }

        @Test(arguments: RunscRelease.underTest)
        func anIdleShimIsSmall(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                try await containerd.detached("idle", EndToEnd.idle)
                // A freshly built binary has pages that are not on the disk yet and would count as private.
                sync()
                let shims = containerd.shims()
                #expect(shims.count == 1)
                let shim = try #require(shims.first)
                let use = try await idleMemory(of: shim)
                print("idle shim with one container on \(release.rawValue): \(use)")
                #expect(use.rss <= 8192)
                #expect(use.privateDirty <= 1536)
                try await containerd.remove("idle")
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Pods, as a kubelet makes them: containerd's CRI plug-in, driven by the client in Tests/CRI.
    @Suite("Kubernetes", .requires(.gVisor, .client, .plugins))
    struct CRITests {
        /// Functions of Tests/CRI/scenarios.py.
        private static let scenarios = [
            "pod", "again", "terminate", "exec_sync", "exec_stream", "attach", "stats", "update",
            "slices", "host_network", "network", "port_forward", "shared_pids", "shared_memory", "oom",
            "oom_score",
        ]

        /// The primary release of runsc under each containerd; what the older one does differently is below the CRI.
        private static let stacks = Stack.underTest.filter { $0.runsc != .r22 }

        /// One containerd for all of them, each with pods of its own.
        @Test(arguments: stacks)
        func podsBehave(_ stack: Stack) async throws {
            try await withPods(stack) { containerd in
                for scenario in Self.scenarios {
                    let result = try await Self.client(scenario, containerd).result(deadline: .seconds(60))
                    #expect(result.code == 0, "\(scenario): \(result)")
                }
            }
        }

        @Test(arguments: stacks)
        func podsSurviveARestartOfContainerd(_ stack: Stack) async throws {
            try await withPods(stack, Self.restart)
        }

        private static func restart(_ containerd: PrivateContainerd) async throws {
            let client = try client("restart", containerd)
            try await client.printed("restart\n", within: .seconds(30))
            try await containerd.restart()
            try client.write(Array("restarted\n".utf8))
            let result = try await client.result(deadline: .seconds(60))
            #expect(result.code == 0, "\(result)")
        }

        /// containerd lets the shim make the sandboxes: `sandboxer = "shim"`.
        ///
        /// containerd 2.1 and 2.2 end in a panic when such a pod is to be in the host's network.
        @Test(arguments: stacks.filter { $0.containerd == .v2_1 })
        func podsWithoutAPauseImageBehave(_ stack: Stack) async throws {
            try await withPods(stack, shimMakesSandboxes: true) { containerd in
                let own = ["own_sandbox", "sentry_killed", "sentry_stuck", "shim_killed"]
                for scenario in Self.scenarios.filter({ $0 != "host_network" }) + own {
                    let result = try await Self.client(scenario, containerd).result(deadline: .seconds(60))
                    #expect(result.code == 0, "\(scenario): \(result)")
                }
            }
        }

        /// What the older release has to do with it: its root container, and volumes that its Sentry keeps.
        @Test(.requires(.containerd(.v2_1), .runsc(.r22)))
        func podsWithoutAPauseImageBehaveOnTheOlderRelease() async throws {
            try await withPods(Stack(.v2_1, .r22), shimMakesSandboxes: true) { containerd in
                for scenario in ["pod", "shared_pids", "oom", "shim_killed"] {
                    let result = try await Self.client(scenario, containerd).result(deadline: .seconds(60))
                    #expect(result.code == 0, "\(scenario): \(result)")
                }
            }
        }

        @Test(arguments: stacks.filter { $0.containerd == .v2_1 })
        func podsWithoutAPauseImageSurviveARestart(_ stack: Stack) async throws {
            try await withPods(stack, shimMakesSandboxes: true, Self.restart)
        }

        private func withPods(
            _ stack: Stack, shimMakesSandboxes: Bool = false,
            _ body: (PrivateContainerd) async throws -> Void
        ) async throws {
            let prepared = try PrivateContainerd(
                stack.runsc, containerd: stack.containerd, cri: true, shimMakesSandboxes: shimMakesSandboxes)
            try await withContainerd(stack.runsc, prepared: prepared, body)
        }

        private static func client(_ scenario: String, _ containerd: PrivateContainerd) throws
            -> RunningCommand
        {
            try RunningCommand(
                Settings.python,
                [
                    Settings.repository + "/Tests/CRI/scenarios.py", scenario, containerd.socket,
                    containerd.directory.path, containerd.mark, BusyboxImage.name,
                ], input: .open)
        }
    }
}

import TestSupport
import Testing

extension EndToEnd {
    /// What cannot work says why, leaves nothing, and does not harm the next container.
    @Suite("Failures")
    struct FailureTests {
        @Test(arguments: RunscRelease.underTest)
        func aCommandThatDoesNotExistIsNamed(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let result = try await containerd.container("lost", ["/no/such/program"])
                #expect(result.code != 0)
                #expect(result.errorText.contains("/no/such/program"), "\(result)")
                try await containerd.nextContainerWorks()
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func aRootThatIsNotThereIsNamed(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let file = try containerd.directory.write("no directory", to: "file")
                for root in ["/no/such/root", file] {
                    let result = try await containerd.ctr(
                        "run", "--rm", "--runtime", Settings.runtime, "--rootfs", root, "rootless", "true")
                    #expect(result.code != 0)
                    #expect(result.errorText.contains(root) || !Settings.isGVisor, "\(result)")
                }
                try await containerd.nextContainerWorks()
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func anInvalidIDIsRefused(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                for id in ["../up", "a/b", "", "-x y"] {
                    let result = try await containerd.container(id, ["true"])
                    #expect(result.code != 0, "'\(id)' was taken: \(result)")
                }
                try await containerd.nextContainerWorks()
            }
        }

        @Test(.requires(.gVisor), arguments: RunscRelease.underTest)
        func theShimItselfRefusesAnInvalidID(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let bundle = containerd.directory.path("bundle")
                try containerd.directory.write(#"{"ociVersion": "1.0.2"}"#, to: "bundle/config.json")
                for id in ["../up", "a/b", ""] {
                    let result = try await run(
                        "\(Settings.shimDirectory)/\(Settings.shimName)",
                        [
                            "-namespace", containerd.namespace, "-address", containerd.socket,
                            "-publish-binary", "/usr/bin/containerd", "-id", id, "start",
                        ],
                        environment: containerd.environment, directory: bundle, deadline: .seconds(10))
                    #expect(result.code != 0, "'\(id)' was taken: \(result)")
                    #expect(result.outputText == "")
                    #expect(result.errorText != "")
                }
            }
        }

        /// What is done to a bundle behind containerd's back, by a script in the shim's place.
        enum Sabotage: String, CaseIterable, Sendable {
            case malformedBeforeStart, malformedBeforeCreate, removedBeforeStart, removedBeforeCreate

            /// The lines around the call of the real shim's `start`.
            var lines: (before: String, after: String) {
                switch self {
                case .malformedBeforeStart: ("echo '{\"process\": [' >config.json", "")
                case .malformedBeforeCreate: ("", "echo '{\"process\": [' >config.json")
                case .removedBeforeStart: ("rm config.json", "")
                case .removedBeforeCreate: ("", "rm config.json")
                }
            }
        }

        @Test(arguments: RunscRelease.underTest, Sabotage.allCases)
        func aBrokenBundleIsAClearError(_ release: RunscRelease, _ sabotage: Sabotage) async throws {
            let directory = try TemporaryDirectory("sabotage")
            let path = "\(Settings.shimDirectory):\(Settings.systemPath)"
            let shim = try findExecutable(Settings.shimName, in: path)
            try directory.write(
                """
                #!/bin/sh
                for last; do :; done
                [ "$last" = start ] && [ ! -e "\(directory.path("done"))" ] || exec "\(shim)" "$@"
                touch "\(directory.path("done"))"
                \(sabotage.lines.before)
                answer=$("\(shim)" "$@") || exit
                \(sabotage.lines.after)
                printf %s "$answer"
                """, to: Settings.shimName, mode: 0o755)
            let containerd = try PrivateContainerd(release, path: [directory.path])
            try await withContainerd(release, prepared: containerd) { containerd in
                let result = try await containerd.container("broken", ["true"])
                #expect(result.code != 0)
                #expect(result.errorText.contains("config.json") || !Settings.isGVisor, "\(result)")
                try await containerd.nextContainerWorks()
            }
        }

        @Test(.requires(.gVisor), arguments: RunscRelease.underTest)
        func aMissingRunscIsNamed(_ release: RunscRelease) async throws {
            let empty = try TemporaryDirectory("empty")
            let containerd = try PrivateContainerd(release, systemPath: empty.path, runscInPath: false)
            try await withContainerd(release, prepared: containerd) { containerd in
                let result = try await containerd.container("without", ["true"])
                #expect(result.code != 0)
                #expect(result.errorText.contains("runsc"), "\(result)")
                #expect(
                    result.errorText.contains("PATH") || result.errorText.contains("not found"), "\(result)")
            }
        }
    }
}

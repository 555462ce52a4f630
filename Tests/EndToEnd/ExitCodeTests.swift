import TestSupport
import Testing

extension EndToEnd {
    /// The exit code of a container reaches the client whatever the container does and however short it lives.
    @Suite("Exit codes")
    struct ExitCodeTests {
        @Test(arguments: Stack.underTest)
        func exitCodesAreReported(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                let scripts: [(Int32, String)] = [
                    (0, "true"), (1, "exit 1"), (123, "exit 123"),
                    // A shell's account of a child that was killed.
                    (137, "sh -c 'kill -9 $$'; exit $?"),
                ]
                for (code, script) in scripts {
                    let result = try await containerd.container("code\(code)", ["sh", "-c", script])
                    #expect(result.code == code, "\(result)")
                }
            }
        }

        @Test(arguments: Stack.underTest)
        func millisecondLivedContainersInARow(_ stack: Stack) async throws {
            try await withContainerd(stack) { containerd in
                for index in 1...20 {
                    let result = try await containerd.container("row\(index)", ["sh", "-c", "exit \(index)"])
                    #expect(result.code == Int32(index), "\(result)")
                }
            }
        }

        @Test(arguments: RunscRelease.underTest)
        func millisecondLivedContainersAtOnce(_ release: RunscRelease) async throws {
            try await withContainerd(release) { containerd in
                let codes = try await withThrowingTaskGroup(of: (Int32, CommandResult).self) { group in
                    for index in 1...20 {
                        group.addTask {
                            let command = ["sh", "-c", "exit \(index)"]
                            let result = try await containerd.container(
                                "once\(index)", command, deadline: .seconds(90))
                            return (Int32(index), result)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.count == 20)
                for (index, result) in codes { #expect(result.code == index, "\(result)") }
            }
        }
    }
}

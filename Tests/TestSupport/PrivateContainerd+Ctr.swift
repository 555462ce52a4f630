import Foundation
package import Testing

extension PrivateContainerd {
    /// Runs ctr against this containerd, to its end.
    package func ctr(
        _ arguments: String..., input: [UInt8]? = nil, deadline: Duration = .seconds(30)
    ) async throws -> CommandResult {
        try await ctr(arguments, input: input, deadline: deadline)
    }

    /// Runs ctr against this containerd, to its end.
    package func ctr(
        _ arguments: [String], input: [UInt8]? = nil, deadline: Duration = .seconds(30)
    ) async throws -> CommandResult {
        try await TestSupport.run(
            ctrProgram, ["--address", socket] + arguments, environment: environment, input: input,
            deadline: deadline)
    }

    /// Starts ctr and leaves it running.
    package func ctrRunning(
        _ arguments: [String], input: RunningCommand.Input = .null, terminal: PseudoTerminal? = nil
    ) throws -> RunningCommand {
        try RunningCommand(
            ctrProgram, ["--address", socket] + arguments, environment: environment, input: input,
            terminal: terminal)
    }

    /// The arguments of ctr that run `command` in a container of the busybox image.
    package func runArguments(_ id: String, _ command: [String], flags: [String] = ["--rm"]) -> [String] {
        ["run", "--runtime", Settings.runtime, "--fifo-dir", fifoDirectory] + flags + [BusyboxImage.name, id]
            + command
    }

    /// Runs a command in a new container, waits for its end, and removes the container.
    package func container(
        _ id: String, _ command: [String], flags: [String] = [], input: [UInt8]? = nil,
        deadline: Duration = .seconds(30)
    ) async throws -> CommandResult {
        try await ctr(runArguments(id, command, flags: ["--rm"] + flags), input: input, deadline: deadline)
    }

    /// Runs a command in a new container that goes on without ctr.
    package func detached(_ id: String, _ command: [String], flags: [String] = []) async throws {
        try await ctr(runArguments(id, command, flags: ["--detach"] + flags)).checked()
    }

    /// Starts a container that ends with a code when the test removes a file: no clock decides.
    ///
    /// - Returns: The file.
    package func endingWithFile(_ id: String, code: Int) async throws -> String {
        let flag = try directory.write("", to: "shared/flag")
        try await detached(
            id, ["sh", "-c", "while test -e /shared/flag; do sleep 0.1; done; exit \(code)"],
            flags: [
                "--mount", "type=bind,src=\(directory.path("shared")),dst=/shared,options=rbind:rw",
            ])
        return flag
    }

    /// Executes a command in a running container.
    package func exec(
        _ id: String, _ execID: String, _ command: [String], input: [UInt8]? = nil,
        deadline: Duration = .seconds(30)
    ) async throws -> CommandResult {
        try await ctr(execArguments(id, execID, command), input: input, deadline: deadline)
    }

    /// The arguments of ctr that execute a command in a running container.
    package func execArguments(_ id: String, _ execID: String, _ command: [String], flags: [String] = [])
        -> [String]
    {
        ["tasks", "exec", "--exec-id", execID, "--fifo-dir", fifoDirectory] + flags + [id] + command
    }

    /// The state of a task as ctr lists it: RUNNING, STOPPED; nil when there is none.
    package func state(of id: String) async throws -> String? {
        try await ctr("tasks", "list").checked().lines
            .map { $0.split(separator: " ") }
            .first { $0.first == Substring(id) && $0.count == 3 }
            .map { String($0[2]) }
    }

    /// The shims of this containerd that run now.
    package func shims() -> [ProcessRecord] {
        ProcessRecord.all().filter { process in
            process.arguments.first?.hasSuffix(Settings.shimName) == true
                && process.arguments.contains(socket)
        }
    }

    private var fifoDirectory: String { directory.path("f") }
}

/// Starts a private containerd with the image, runs a test with it, and takes everything away again.
///
/// After the body nothing of any container may be left: not a process, mount, cgroup, socket, bundle or state file.
package func withContainerd(
    _ stack: Stack, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (PrivateContainerd) async throws -> Void
) async throws {
    try await withContainerd(
        stack.runsc, prepared: PrivateContainerd(stack.runsc, containerd: stack.containerd),
        sourceLocation: sourceLocation, body)
}

/// Does the same with the system's containerd, or with one that is `prepared` in another way than the usual one.
package func withContainerd(
    _ release: RunscRelease, prepared: PrivateContainerd? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (PrivateContainerd) async throws -> Void
) async throws {
    let containerd = try prepared ?? PrivateContainerd(release)
    do {
        try await containerd.startWithImage()
        try await body(containerd)
        let left = try await containerd.leftovers(after: .seconds(5))
        #expect(left.isEmpty, "left behind:\n\(left)", sourceLocation: sourceLocation)
    } catch {
        Attachment.record(containerd.log.suffix(20_000).description, named: "containerd.log")
        try await containerd.destroy()
        throw error
    }
    try await containerd.destroy()
}

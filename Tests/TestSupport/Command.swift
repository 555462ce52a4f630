/// What a finished command left.
package struct CommandResult: Sendable, CustomStringConvertible {
    package let command: String
    package let status: ExitStatus
    package let output: [UInt8]
    package let errors: [UInt8]

    /// The exit code as a shell shows it.
    package var code: Int32 { status.code }
    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
    /// The output's lines, without empty ones.
    package var lines: [String] { outputText.split(separator: "\n").map(String.init) }

    package var description: String {
        "'\(command)': \(status)\nstdout: \(outputText.suffix(1000))\nstderr: \(errorText.suffix(2000))"
    }

    /// This result when the command succeeded.
    ///
    /// - Throws: `CommandFailed` with all that is known of the command otherwise.
    @discardableResult
    package func checked() throws -> CommandResult {
        guard code == 0 else { throw CommandFailed(description: description) }
        return self
    }
}

/// A command that failed or did not end in its time.
package struct CommandFailed: Error, CustomStringConvertible {
    package let description: String
}

/// Runs a command to its end, which must come within `deadline`: after that it is killed and the call throws.
package func run(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
    directory: String? = nil, input: [UInt8]? = nil, deadline: Duration = .seconds(30)
) async throws -> CommandResult {
    let process = try RunningCommand(
        executable, arguments, environment: environment, directory: directory,
        input: input.map { .bytes($0) } ?? .null)
    return try await process.result(deadline: deadline)
}

extension RunningCommand {
    /// Waits for the end of the process and of its output, within `deadline`; kills it after that.
    package func result(deadline: Duration) async throws -> CommandResult {
        do {
            let status = try await exitStatus(within: deadline)
            // A descendant that keeps the pipe would keep us: the end of the output has a bound of its own.
            let output = try await output.first("the end of stdout of '\(command)'", within: .seconds(5)) {
                $0.ended ? $0.bytes : nil
            }
            let errors = try await errors.first("the end of stderr of '\(command)'", within: .seconds(5)) {
                $0.ended ? $0.bytes : nil
            }
            return CommandResult(command: command, status: status, output: output, errors: errors)
        } catch {
            try await stop(grace: .zero)
            throw CommandFailed(
                description: """
                    \(error)
                    stdout: \(output.current.text.suffix(1000))
                    stderr: \(errors.current.text.suffix(2000))
                    """)
        }
    }
}

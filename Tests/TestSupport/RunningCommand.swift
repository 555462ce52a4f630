import CTestSupport
import Foundation
import Glibc

/// A process that a test started: its output as it comes, its exit, its end when the test is over.
///
/// The process leads a process group of its own and holds no descriptor of the test but its three. It is always
/// reaped, by a thread that waits for exactly this process, and killed when the last reference to this object goes.
package final class RunningCommand: Sendable {
    /// Where the process reads from.
    package enum Input: Sendable {
        case null
        /// All of these, then end of file.
        case bytes([UInt8])
        /// What `write(_:)` sends, until `closeInput()`.
        case open
    }

    /// The bytes read from one descriptor so far.
    package struct Stream: Sendable {
        package var bytes: [UInt8] = []
        package var ended = false

        package var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    package let pid: Int32
    /// The command line, for messages.
    package let command: String
    package let output = Watched(Stream())
    package let errors = Watched(Stream())
    private let exit = Watched<ExitStatus?>(nil)
    private let pidfd: Descriptor
    private let input: Descriptor?

    /// Starts `executable`, found in the PATH of `environment` unless it has a slash.
    ///
    /// With a `terminal`, all three descriptors are that terminal and `input` is not used.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
        directory: String? = nil, input: Input = .null, terminal: PseudoTerminal? = nil
    ) throws {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let path = try findExecutable(executable, in: environment["PATH"] ?? "")
        command = ([executable] + arguments).joined(separator: " ")

        let stdin: Pipe? = if case .null = input { nil } else { try Pipe() }
        let (stdout, stderr) = (try Pipe(), try Pipe())
        var request = SpawnRequest(path: path, arguments: [path] + arguments, environment: environment)
        request.directory = directory
        request.terminal = terminal?.path
        request.fds = (stdin?.read.number ?? -1, stdout.write.number, stderr.write.number)
        (pid, pidfd) = try request.spawn()
        // The child has its copies; ours must go, or end of file never comes.
        stdout.write.close()
        stderr.write.close()
        stdin?.read.close()
        self.input = stdin?.write

        collect(stdout.read, into: output)
        collect(stderr.read, into: errors)
        reap()
        if case .bytes(let bytes) = input {
            inThread { [self] in
                try? write(bytes)
                closeInput()
            }
        }
    }

    deinit {
        if exit.current == nil { killpg(pid, SIGKILL) }
    }

    /// How the process ended, nil while it runs.
    package var status: ExitStatus? { exit.current }

    /// Waits for the end of the process.
    package func exitStatus(within limit: Duration) async throws -> ExitStatus {
        try await exit.first("the end of '\(command)'", within: limit) { $0 }
    }

    /// Waits until the standard output contains `text`; throws at once when the output ends without it.
    package func printed(_ text: String, within limit: Duration) async throws {
        let found = try await output.first("'\(text)' from '\(command)'", within: limit) {
            $0.text.contains(text) ? true : $0.ended ? false : nil
        }
        guard !found else { return }
        let result = try await result(deadline: .seconds(5))
        throw CommandFailed(description: "no '\(text)' from \(result)")
    }

    /// Sends a signal to the process; nothing happens when it has ended.
    package func signal(_ number: Int32) {
        _ = ts_pidfd_signal(pidfd.number, number)
    }

    /// Writes to the standard input of a process that was started with `.open`.
    package func write(_ bytes: [UInt8]) throws {
        guard let input else { return }
        try writeAll(bytes, to: input.number)
    }

    /// Ends the standard input.
    package func closeInput() {
        input?.close()
    }

    /// Ends the process: SIGTERM, then after `grace` SIGKILL to its group.
    package func stop(grace: Duration = .seconds(5)) async throws {
        signal(SIGTERM)
        if (try? await exitStatus(within: grace)) != nil { return }
        killpg(pid, SIGKILL)
        _ = try await exitStatus(within: .seconds(5))
    }

    private func reap() {
        let (pid, exit, pidfd) = (pid, exit, pidfd)
        inThread {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let ended = ExitStatus(waitStatus: status)
            exit.update { $0 = ended }
            // Held until here: a signal sent through it can never reach a later process of the same number.
            withExtendedLifetime(pidfd) {}
        }
    }
}

/// Reads a descriptor to its end, in a thread of its own.
func collect(_ descriptor: Descriptor, into stream: Watched<RunningCommand.Stream>) {
    inThread {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // EIO is how a terminal says that its other side is gone.
            guard count > 0 else { break }
            stream.update { $0.bytes.append(contentsOf: buffer[..<count]) }
        }
        descriptor.close()
        stream.update { $0.ended = true }
    }
}

/// Runs blocking work in a thread of its own, never on the pool that runs the tests.
func inThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.stackSize = 512 << 10
    thread.start()
}

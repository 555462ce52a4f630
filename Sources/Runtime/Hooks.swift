package import OCI
import Sys

/// The programs that a spec wants to be run at points of a container's life (OCI runtime specification, "Hooks").
///
/// They run in the namespaces of this process, with the container's state as their standard input.
package enum Hooks {
    /// Runs hooks one after the other.
    ///
    /// - Throws: What the first one threw that failed; the ones after it have not been run.
    package static func executeAll(_ hooks: [Spec.Hook], state: State) async throws {
        for hook in hooks { try await execute(hook, state: state) }
    }

    /// Runs all hooks one after the other, whether they fail or not.
    ///
    /// - Returns: A warning for each that failed.
    package static func executeBestEffort(_ hooks: [Spec.Hook], state: State) async -> [String] {
        var warnings: [String] = []
        for hook in hooks {
            do { try await execute(hook, state: state) } catch { warnings.append("\(error)") }
        }
        return warnings
    }

    /// Runs one hook to its end.
    ///
    /// Without a timeout it may take as long as it likes; a cancelled task kills it.
    ///
    /// - Throws: `RuntimeError` naming the hook, with what it printed, when it could not be run, did not end in
    ///   its time, or failed; `CancellationError`.
    package static func execute(_ hook: Spec.Hook, state: State) async throws {
        let plan = try plan(for: hook, state: state)
        let output = try Pipe()
        let errors = try Pipe()
        var started = plan
        started.descriptors += [output.write, errors.write]
        let child: ChildProcess
        do {
            child = try started.spawn()
        } catch {
            throw RuntimeError(.failed, "hook \(hook.path)", cause: error)
        }
        // The ends of the child are its own now; while we held them, the pipes would have no end.
        output.write.close()
        errors.write.close()
        let printed = try HookOutput(output: output.read, errors: errors.read)
        defer { printed.stop() }
        let status: WaitStatus
        do {
            status = try await end(of: child, within: hook.timeout)
        } catch {
            child.kill(Signal.kill)
            // Not to be cut short by a cancellation: the child is to be gone when this returns.
            await shielded { _ = try? await withDeadline(.seconds(5), "kill") { try await child.wait() } }
            switch error {
            case is CancellationError: throw error
            case is DeadlineExceeded:
                let limit = hook.timeout.map { "\($0) s" } ?? "its time"
                throw RuntimeError(
                    .failed,
                    "timeout executing hook \(hook.path): no end within \(limit); \(await printed.summary())")
            default: throw RuntimeError(.failed, "hook \(hook.path)", cause: error)
            }
        }
        if status.rawValue == 0 { return }
        let how = status.signal.map { "was killed by signal \($0)" } ?? "exited with \(status.exitCode)"
        throw RuntimeError(.failed, "hook \(hook.path) \(how); \(await printed.summary())")
    }

    /// The longest timeout that is counted: beyond it (a year) a hook has no timeout.
    private static let longest: Int64 = 366 * 24 * 60 * 60

    private static func end(of child: ChildProcess, within timeout: Int64?) async throws -> WaitStatus {
        let wait = { @Sendable () async throws -> WaitStatus in
            do { try await child.executed() } catch let error as SysError where error.code == .canceled {
                throw CancellationError()
            }
            return try await child.wait()
        }
        guard let timeout, timeout < longest else { return try await wait() }
        return try await withDeadline(.seconds(timeout), "hook", wait)
    }

    private static func plan(for hook: Spec.Hook, state: State) throws(RuntimeError) -> SpawnPlan {
        if hook.path.allSatisfy(\.isWhitespace) { throw RuntimeError(.invalid, "empty path for hook") }
        guard hook.path.hasPrefix("/") else {
            throw RuntimeError(.invalid, "path for hook is not absolute: \"\(hook.path)\"")
        }
        if let timeout = hook.timeout, timeout <= 0 {
            throw RuntimeError(.invalid, "hook \(hook.path): timeout: expected more than 0 s, not \(timeout)")
        }
        do {
            // A file in memory, not a pipe: a hook that does not read it makes nobody wait or fail.
            let input = try File.inMemory("state", state.serialised())
            var plan = SpawnPlan(
                program: try File.open(hook.path, [.path]), path: hook.path,
                arguments: hook.args.isEmpty ? [hook.path] : hook.args, descriptors: [input])
            plan.environment = hook.env
            plan.runsByPath = true
            return plan
        } catch {
            throw RuntimeError(.failed, "hook \(hook.path)", cause: error)
        }
    }
}

/// What a hook prints, read while it runs so that it never has to wait for us.
private struct HookOutput: Sendable {
    /// Bytes of each stream that are kept: its beginning.
    private static let kept = 64 << 10
    /// Bytes that are still read of a stream after the hook's end: more than a pipe holds.
    private static let rest = 1 << 20

    private let output: Task<[UInt8], Never>
    private let errors: Task<[UInt8], Never>

    init(output: OwnedFD, errors: OwnedFD) throws(SysError) {
        self.output = Self.reading(try AsyncFD(output))
        self.errors = Self.reading(try AsyncFD(errors))
    }

    /// Reads until the end, or until the task is cancelled and what is already there has been read: somebody
    /// else may have inherited the other end and keep it open.
    private static func reading(_ pipe: AsyncFD) -> Task<[UInt8], Never> {
        Task {
            defer { pipe.close() }
            var bytes: [UInt8] = []
            var interrupted = false
            var rest = Self.rest
            while rest > 0 {
                do throws(SysError) {
                    let new = try await pipe.read(upTo: 8192)
                    if new.isEmpty { break }
                    bytes += new.prefix(Self.kept - bytes.count)
                    if Task.isCancelled { rest -= new.count }
                } catch {
                    // The wait was cancelled; what came meanwhile is read without waiting.
                    if error.code != .canceled || interrupted { break }
                    interrupted = true
                }
            }
            return bytes
        }
    }

    /// Ends the reading; to be called when the hook has ended.
    func stop() {
        output.cancel()
        errors.cancel()
    }

    /// Ends the reading, and gives both streams for an error message.
    func summary() async -> String {
        stop()
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }
        return "stdout: \(text(await output.value)), stderr: \(text(await errors.value))"
    }
}

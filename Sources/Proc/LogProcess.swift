internal import Runtime
internal import Sys

/// A program of the user's that takes the output of a process, as a `binary://` address names it.
///
/// It gets standard output as its descriptor 3 and standard error as 4, and says by closing 5 that it is ready.
/// From containerd's package runtime/v2/logging.
final class LogProcess: Sendable {
    /// How long it may take to be ready.
    private static let startBound = Duration.seconds(10)
    /// How long it may take to write down what it has read, once it is told to end.
    private static let endBound = Duration.seconds(10)

    /// What the process writes to; the logger reads to their end.
    let output: OwnedFD
    let error: OwnedFD
    private let child: ChildProcess

    /// Starts the program of an address, with the address's query as arguments, and waits until it is ready.
    ///
    /// - Throws: `ProcessError` naming the program; it is ended then.
    static func start(_ address: StreamAddress, id: String, namespace: String) async throws -> LogProcess {
        do {
            let (output, error, ready) = (try Pipe(), try Pipe(), try Pipe())
            let null = try File.open("/dev/null", [.readWrite])
            var plan = SpawnPlan(
                program: try File.open(address.path, [.path]), path: address.path,
                arguments: [address.path] + address.query,
                descriptors: [null, null, null, output.read, error.read, ready.write])
            // It may be a script.
            plan.runsByPath = true
            plan.environment =
                Kernel.environment + ["CONTAINER_ID=\(id)", "CONTAINER_NAMESPACE=\(namespace)"]
            plan.steps = [.newSession]
            let child = try plan.spawn()
            for end in [output.read, error.read, ready.write] { end.close() }
            let logger = LogProcess(output: output.write, error: error.write, child: child)
            do {
                try await logger.becomeReady(ready.read)
            } catch {
                child.kill(Signal.kill)
                throw error
            }
            return logger
        } catch {
            throw ProcessError(.failed, "logger \(address.path)", cause: error)
        }
    }

    private init(output: OwnedFD, error: OwnedFD, child: ChildProcess) {
        self.output = output
        self.error = error
        self.child = child
    }

    private func becomeReady(_ ready: OwnedFD) async throws {
        let ready = try AsyncFD(ready)
        defer { ready.close() }
        try await withDeadline(Self.startBound, "readiness of the logger") { [child] in
            try await child.executed()
            _ = try await ready.read(upTo: 1)
        }
    }

    /// Waits for the logger to have read everything and ended, but no longer than `limit`.
    func drained(within limit: Duration) async {
        _ = await within(limit) { [child] in _ = try? await child.wait() }
    }

    /// Tells the logger to end, and sees to it that it does.
    func end() {
        output.close()
        error.close()
        guard child.status == nil else { return }
        child.kill(Signal.terminate)
        Task { [child] in
            await self.drained(within: Self.endBound)
            child.kill(Signal.kill)
        }
    }
}

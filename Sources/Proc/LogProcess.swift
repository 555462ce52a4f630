internal import Runtime
internal import Sys

/// A program of the user's that takes the output of a process, as a `binary://` address names it.
///
/// It gets standard output as its descriptor 3 and standard error as 4, and says by closing 5 that it is ready.
/// From containerd's package runtime/v2/logging. When it ends before its time the output is read to nowhere in its place:
/// the process that writes is neither to be stopped by a full pipe nor to be killed by one without a reader.
final class LogProcess: Sendable {
    /// How long it may take to be ready.
    private static let startBound = Duration.seconds(10)
    /// How long it may take to write down what it has read, once it is told to end.
    private static let endBound = Duration.seconds(10)

    /// What the process writes to; the logger reads to their end.
    let output: OwnedFD
    let error: OwnedFD
    private let child: ChildProcess
    /// What the logger reads, in case that it does not any more.
    private let readers: [OwnedFD]

    /// Starts the program of an address, with the address's query as arguments, and waits until it is ready.
    ///
    /// - Parameter warn: told of a logger that ends while there is still somebody to write.
    /// - Throws: `ProcessError` naming the program; it is ended then.
    static func start(
        _ address: StreamAddress, id: String, namespace: String, warn: @escaping @Sendable (String) -> Void
    ) async throws -> LogProcess {
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
            ready.write.close()
            let logger = LogProcess(
                output: output.write, error: error.write, readers: [output.read, error.read], child: child)
            do {
                try await logger.becomeReady(ready.read)
            } catch {
                child.kill(Signal.kill)
                throw error
            }
            logger.watch("logger \(address.path) of \(id)", warn)
            return logger
        } catch {
            throw ProcessError(.failed, "logger \(address.path)", cause: error)
        }
    }

    private init(output: OwnedFD, error: OwnedFD, readers: [OwnedFD], child: ChildProcess) {
        self.output = output
        self.error = error
        self.readers = readers
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

    /// Reads in the logger's place once it has ended, to the end of both streams.
    private func watch(_ name: String, _ warn: @escaping @Sendable (String) -> Void) {
        Task { [child, readers] in
            guard let status = try? await child.wait() else { return }
            let streams = readers.compactMap(Self.reopened)
            for reader in readers { reader.close() }
            await withTaskGroup { group in
                for stream in streams {
                    group.addTask {
                        // At its usual end there is nothing left.
                        guard let bytes = try? await stream.read(upTo: 64 << 10), !bytes.isEmpty else {
                            return
                        }
                        warn("\(name) has ended with \(status.exitCode): what is written to it is lost")
                        while let bytes = try? await stream.read(upTo: 64 << 10), !bytes.isEmpty {}
                    }
                }
            }
        }
    }

    /// A stream in non-blocking mode; what the logger had may be in the hands of children of its own, who want to wait.
    private static func reopened(_ reader: OwnedFD) -> AsyncFD? {
        guard let file = try? File.open("/proc/self/fd/\(reader.raw)", [.nonblocking]) else { return nil }
        return try? AsyncFD(file)
    }

    /// Waits for the logger to have read everything, but no longer than `limit`, and then a moment for its end.
    ///
    /// Not for more: nerdctl's ends when containerd has told it of the end of the process.
    func caughtUp(within limit: Duration) async {
        _ = await within(limit) { [child, readers] in
            // There is no event for a pipe that gets empty.
            while child.status == nil, readers.contains(where: { Pipe.unread($0) > 0 }) {
                guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return }
            }
        }
        await drained(within: .milliseconds(50))
    }

    /// Waits for the logger to have read everything and ended, but no longer than `limit`.
    func drained(within limit: Duration) async {
        _ = await within(limit) { [child] in _ = try? await child.wait() }
    }

    /// Tells the logger to end, and sees to it that it does.
    func end() {
        output.close()
        error.close()
        for reader in readers { reader.close() }
        guard child.status == nil else { return }
        child.kill(Signal.terminate)
        Task { [child] in
            await self.drained(within: Self.endBound)
            child.kill(Signal.kill)
        }
    }
}

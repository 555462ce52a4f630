internal import Messages
internal import Sys

/// The program, from its command line to its exit code.
package struct Command: Sendable {
    /// What the daemon's tasks are made with.
    package struct Context: Sendable {
        package let arguments: Arguments
        /// The bundle that the daemon was started for.
        package let bundle: String
        package let options: Options
        package let publisher: Publisher
        package let log: Log
    }

    package typealias MakeTasks = @Sendable (Context) async throws -> any ServedTasks

    /// What options and bootstrap parameters may have.
    private static let inputLimit = 4 << 20
    /// containerd writes its input at once, and gives `start` ten seconds.
    private static let inputPatience = Duration.seconds(5)

    private let makeTasks: MakeTasks
    private let destroy: Cleanup.Destroy

    package init(makeTasks: @escaping MakeTasks, destroy: @escaping Cleanup.Destroy) {
        self.makeTasks = makeTasks
        self.destroy = destroy
    }

    /// Runs the process's own command line and exits; to be called on the main thread.
    ///
    /// Not an asynchronous main function: that ends the main thread, and the first thread to end in a static program
    /// sorts all its unwind tables, which takes 15 ms and keeps half a megabyte. Besides, a process without its main
    /// thread looks like a zombie to ps and has no memory map in /proc.
    package func main() -> Never {
        Task.detached { await run() }
        Kernel.park()
    }

    private func run() async -> Never {
        let words = CommandLine.arguments
        do {
            try await run(words.first ?? ShimVersion.program, Arguments(parsing: Array(words.dropFirst())))
            Kernel.exit(0)
        } catch {
            let line = "\(ShimVersion.program): \(error)\n"
            try? File.write(Array(line.utf8), to: StandardIO.error)
            Kernel.exit(1)
        }
    }

    private func run(_ program: String, _ arguments: Arguments) async throws {
        // A caller that has gone away must not kill us between a deed and its undoing.
        Kernel.ignore([Signal.pipe])
        if arguments.showVersion {
            try output(Array(ShimVersion.text(program: program).utf8))
        } else if arguments.showInfo {
            try output(Info.answer(to: input()))
        } else {
            switch arguments.action {
            case .start: try await start(arguments)
            case .delete: try await delete(arguments)
            case .serve: try await serve(arguments)
            }
        }
    }

    private func start(_ arguments: Arguments) async throws {
        var surroundings = Bootstrap.Surroundings()
        surroundings.standardInput = try input()
        try await output(Bootstrap(arguments, surroundings).run())
    }

    private func delete(_ arguments: Arguments) async throws {
        let leftovers = Cleanup.Leftovers(
            id: arguments.id, namespace: arguments.namespace, address: arguments.address,
            bundle: Cleanup.bundle(arguments, workingDirectory: Kernel.workingDirectory))
        // containerd repeats in its own log what it finds on our standard error.
        let log = Log(to: StandardIO.error, debug: arguments.debug)
        try await output(Cleanup(leftovers, log: log, destroy: destroy).run().encoded())
    }

    private func serve(_ arguments: Arguments) async throws {
        // Before anything can open a file under its number.
        let listener = try Daemon.listener(arguments)
        let log = Log(to: StandardIO.error, debug: arguments.debug)
            .with("namespace", arguments.namespace).with("shim", arguments.id)
        Daemon.settle(log)
        let bundle = Kernel.workingDirectory
        let publisher = Publisher(
            address: Kernel.environment("TTRPC_ADDRESS") ?? "", namespace: arguments.namespace, log: log)
        let context = Context(
            arguments: arguments, bundle: bundle, options: options(in: bundle, log), publisher: publisher,
            log: log)
        let tasks: any ServedTasks
        do { tasks = try await makeTasks(context) } catch {
            log.error("cannot serve: \(error)")
            throw error
        }
        let address =
            SocketAddress(arguments.socket)
            ?? (try? File.readText("\(bundle)/address", limit: 4096)).flatMap(SocketAddress.init)
        log.debug("serving at \(address?.description ?? "an unknown address")")
        await Daemon(tasks, publisher, address: address, log: log).run(listener)
    }

    private func options(in bundle: String, _ log: Log) -> Options {
        do { return try SavedOptions.load(from: bundle) } catch {
            // The same options come with the create, whose answer tells the user.
            log.warning("options of the shim: \(error)")
            return Options()
        }
    }

    private func input() throws(SysError) -> [UInt8] {
        try StandardIO.readInput(limit: Self.inputLimit, within: Self.inputPatience)
    }

    private func output(_ bytes: [UInt8]) throws(SysError) {
        try File.write(bytes, to: StandardIO.output, "standard output")
    }
}

internal import Messages
internal import OCI
internal import Runtime
internal import Sys

/// The `start` action: finds the shim of a container's group or brings one up, and says where it listens.
package struct Bootstrap: Sendable {
    /// What containerd starts us with, apart from the command line.
    package struct Surroundings: Sendable {
        /// The bundle.
        package var workingDirectory = Kernel.workingDirectory
        package var environment = Kernel.environment
        package var standardInput: [UInt8] = []
        /// Where sockets go, unless containerd says.
        package var socketDirectory = SocketAddress.directory
        /// The program of the daemon.
        package var program = "/proc/self/exe"

        package init() {}

        func variable(_ name: String) -> String? {
            let prefix = name + "="
            return environment.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
    }

    private let arguments: Arguments
    private let surroundings: Surroundings
    private var bundle: String { surroundings.workingDirectory }

    package init(_ arguments: Arguments, _ surroundings: Surroundings) {
        self.arguments = arguments
        self.surroundings = surroundings
    }

    /// Does the action, and gives the bytes to print.
    ///
    /// When it throws, no process and no file of ours is left.
    package func run() async throws -> [UInt8] {
        _ = try ContainerID(arguments.id)
        let input = try StartInput(
            surroundings.standardInput, id: arguments.id, namespace: arguments.namespace)
        let address = SocketAddress(
            containerd: arguments.address, namespace: arguments.namespace,
            group: try Grouping.group(of: arguments.id, bundle: bundle), directory: socketDirectory(input))
        let answer = StartAnswer(
            input, maximumVersion: surroundings.variable("MAX_SHIM_VERSION"),
            hasContainerd: !arguments.address.isEmpty
                || surroundings.variable("TTRPC_ADDRESS")?.isEmpty == false)
        switch try await SocketClaim.take(address) {
        case .taken:
            try writeAddress(address)
        case .ours(let listener):
            do {
                try writeAddress(address)
                try SavedOptions.save(input.runtimeOptions, in: bundle)
                try await startDaemon(listener, input)
            } catch {
                try? File.remove(address.path)
                try? File.remove(bundle + "/address")
                try? SavedOptions.remove(from: bundle)
                throw error
            }
        }
        return try answer.encoded(address, sandbox: PodBundle.isOne(bundle))
    }

    private func socketDirectory(_ input: StartInput) -> String {
        guard case .bootstrap(let parameters) = input, parameters.socketDir.hasPrefix("/") else {
            return surroundings.socketDirectory
        }
        return parameters.socketDir
    }

    /// containerd up to 1.7 finds the shim again by this file.
    private func writeAddress(_ address: SocketAddress) throws {
        try File.writeAtomically(Array(address.description.utf8), to: bundle + "/address", mode: 0o600)
    }

    private func startDaemon(_ listener: OwnedFD, _ input: StartInput) async throws {
        let logFile = try openLog()
        let log = Log(to: logFile, debug: arguments.debug).with("id", arguments.id)
        prepare(log)
        let child = try plan(listener, logFile, input).spawn()
        do {
            // Only now can a missing or broken program show.
            try await child.executed()
            try enterCgroup(child.pid, input)
            try File.writeAtomically(Array("\(child.pid)".utf8), to: bundle + "/shim.pid", mode: 0o644)
        } catch {
            child.kill(Signal.kill)
            throw error
        }
    }

    /// Puts the daemon into the cgroup that the options name.
    private func enterCgroup(_ pid: Int32, _ input: StartInput) throws {
        // A configuration that cannot be read fails the create, whose answer reaches the user.
        guard let configuration = try? ShimConfiguration.load(Options(input.runtimeOptions)),
            !configuration.shimCgroup.isEmpty
        else { return }
        try CgroupHost.current().admit(pid, to: configuration.shimCgroup)
    }

    /// The daemon is this program again, in a session of its own, with nothing of the caller's but its
    /// environment and working directory.
    private func plan(_ listener: OwnedFD, _ log: OwnedFD, _ input: StartInput) throws -> SpawnPlan {
        let null = try File.open("/dev/null", [.readWrite])
        var words = [
            ShimVersion.program, "-namespace", arguments.namespace, "-id", arguments.id, "-address",
            arguments.address, "-publish-binary", arguments.publishBinary,
        ]
        if arguments.debug { words.append("-debug") }
        var plan = SpawnPlan(
            program: try File.open(surroundings.program, [.path]), path: surroundings.program,
            arguments: words,
            descriptors: [null, null, log, listener])
        plan.environment = environment(input)
        plan.steps = [.newSession]
        return plan
    }

    private func environment(_ input: StartInput) -> [String] {
        var variables = surroundings.environment
        if surroundings.variable("TTRPC_ADDRESS") == nil, case .bootstrap(let parameters) = input {
            variables.append("TTRPC_ADDRESS=" + parameters.containerdTTRPCAddress)
        }
        // One heap instead of one for each thread: the daemon is idle most of its life, and there are many.
        if surroundings.variable("MALLOC_ARENA_MAX") == nil { variables.append("MALLOC_ARENA_MAX=1") }
        return variables
    }

    /// The bundle's log fifo, open in a way that neither waits for a reader nor ever fails for want of one.
    ///
    /// For reading as well: a fifo without any reader cannot be opened for writing, and writing to it kills.
    private func openLog() throws -> OwnedFD {
        let path = bundle + "/log"
        guard File.exists(path) else { return try File.open("/dev/null", [.readWrite]) }
        return try File.open(path, [.readWrite, .nonblocking, .noFollow, .append])
    }

    /// Sets what the daemon inherits from this process; all of it is good to have, none of it needed.
    private func prepare(_ log: Log) {
        if surroundings.variable("SCHED_CORE").map({ !$0.isEmpty }) ?? false {
            do throws(SysError) { try Kernel.isolateCoreScheduling() } catch {
                log.warning("core scheduling: \(error)")
            }
        }
        do throws(SysError) {
            // containerd shall outlive its shims when memory runs out.
            let score =
                Int(try File.readText("/proc/\(Kernel.parentPID)/oom_score_adj").prefix { !$0.isNewline })
                ?? 0
            try Kernel.setOOMScoreAdjustment(min(score + 1, 1000), of: Kernel.pid)
        } catch {
            log.warning("adjust the oom score: \(error)")
        }
    }
}

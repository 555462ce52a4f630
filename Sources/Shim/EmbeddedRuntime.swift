internal import Messages
internal import Runtime
internal import Sys

/// Where the shim's two faces meet the embedded runtime: the daemon that makes containers, and `delete`, which clears
/// away after a daemon that is gone.
package enum EmbeddedRuntime {
    /// The task service of a daemon.
    package static func tasks(_ context: Command.Context) async throws -> any ServedTasks {
        let runtime = OneRuntime(namespace: context.arguments.namespace, log: context.log)
        var environment = TaskService.Environment(
            runtime: { options, bundle in try await runtime.get(options, bundle: bundle) },
            publisher: context.publisher)
        environment.namespace = context.arguments.namespace
        environment.hasContainerd = context.publisher.hasContainerd
        environment.warn = { [log = context.log] in log.warning($0) }
        environment.heedsPodAnnotations = {
            try ShimConfiguration.load(SavedOptions.load(from: $0)).podAnnotations
        }
        return TaskService(environment)
    }

    /// Ends and removes what a container has left.
    ///
    /// A configuration that cannot be read any more does not keep it from being removed.
    package static func destroy(_ leftovers: Cleanup.Leftovers) async throws {
        let configuration =
            (try? ShimConfiguration.load(SavedOptions.load(from: leftovers.bundle))) ?? ShimConfiguration()
        let root = configuration.stateRoot(namespace: leftovers.namespace)
        try await Runsc.removeLeftovers(of: leftovers.id, bundle: leftovers.bundle, root: root)
    }
}

/// The runtime of a shim. There is one, because the containers of a pod have to find their sandbox in it; it is set up
/// by the options of the first.
private actor OneRuntime {
    private let namespace: String
    private let log: Log
    private var runtime: Runsc?

    init(namespace: String, log: Log) {
        self.namespace = namespace
        self.log = log
    }

    func get(_ options: AnyMessage?, bundle: String) throws -> Runsc {
        if let runtime { return runtime }
        let configuration =
            try options.map { try ShimConfiguration.load(options: $0) }
            ?? ShimConfiguration.load(SavedOptions.load(from: bundle))
        for warning in configuration.warnings { log.warning("configuration: \(warning)") }
        let group = try Grouping.group(of: Path.split(bundle).last, bundle: bundle)
        if let path = configuration.tracePath(id: group) {
            do throws(SysError) { try Trace.begin(path) } catch { log.warning("trace_file: \(error)") }
        }
        let made = Runsc(configuration: try configuration.runtime(namespace: namespace, id: group)) { [log] in
            log.warning($0)
        }
        runtime = made
        return made
    }
}

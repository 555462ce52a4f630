import OCI
import Sys
import Synchronization

/// The embedded runtime: makes containers in gVisor sandboxes by starting `runsc boot` and `runsc gofer` itself.
///
/// One per shim. It knows the sandboxes that it made, so that the containers of a pod find theirs.
package final class Runsc: ContainerRuntime {
    /// How it was set up.
    package let configuration: RuntimeConfiguration
    let warn: @Sendable (String) -> Void
    private let contracts: ContractCache
    private let sandboxes = Mutex<[String: Sandbox]>([:])

    /// - Parameter warn: hears what went wrong without failing an operation.
    package init(
        configuration: RuntimeConfiguration, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.warn = warn
        // Beside the roots of all namespaces, whose containers share the binary.
        contracts = ContractCache(directory: Path.split(configuration.root).directory)
    }

    package func create(_ request: CreateRequest) async throws -> any Container {
        let id = try ContainerID(request.id).text
        var spec = try Trace.span("read config.json") { try loadSpec(request.bundle) }
        if let pod = request.pod { try spec.addPodMounts(pod.mounts) }
        try ExecutableLookup.check(spec.spec, bundle: request.bundle)
        try Directory.make(configuration.root, mode: 0o711)
        let contract = try await Trace.awaiting("learn the contract") {
            try await contracts.contract(
                of: configuration.binary, sentry: configuration.sentryBinary
            ) { [configuration] arguments in
                try await Self.output(of: configuration, arguments)
            }
        }
        try RunscContainer.checkHooks(spec.spec.hooks, contract)
        switch try role(of: spec.spec, request) {
        case .container(let sandboxID) where sandboxID != id:
            guard let sandbox = sandboxes.withLock({ $0[sandboxID] }) else {
                throw RuntimeError(
                    .notFound, "sandbox \(sandboxID) of container \(id) does not run in this shim")
            }
            try RunscContainer.checkRestore(request.checkpoint, joining: true, contract)
            return try await createSubcontainer(id, in: sandbox, request, spec)
        default:
            try RunscContainer.checkRestore(request.checkpoint, joining: false, contract)
            return try await createRoot(id, request, spec, contract)
        }
    }

    /// A container's place, which its annotations tell; in a sandbox that was made by itself all are its containers.
    private func role(of spec: Spec, _ request: CreateRequest) throws -> ContainerRole {
        let role = try Annotations(spec.annotations).containerRole()
        if role == .sandbox, let pod = request.pod { return .container(sandboxID: pod.sandbox) }
        return role
    }

    func register(_ sandbox: Sandbox) { sandboxes.withLock { $0[sandbox.id] = sandbox } }

    func forget(_ sandbox: Sandbox) {
        sandboxes.withLock { if $0[sandbox.id] === sandbox { $0[sandbox.id] = nil } }
    }

    private func loadSpec(_ bundle: String) throws -> SpecDocument {
        let spec = try SpecDocument(
            parsing: File.read("\(bundle)/config.json", limit: JSONLimits.config.maximumBytes))
        for warning in try spec.spec.validate() { warn("\(warning)") }
        return spec
    }

    /// Runs the binary to ask it about itself; about the Sentry's flags, the one that becomes the Sentry.
    private static func output(of configuration: RuntimeConfiguration, _ arguments: [String]) async throws
        -> String
    {
        let binary =
            arguments == ["help", "boot"] ? configuration.sentryBinary : configuration.binary
        let pipe = try Pipe()
        let null = try File.open("/dev/null", [.readWrite])
        let plan = SpawnPlan(
            program: try File.open(binary, []), path: binary, arguments: ["runsc"] + arguments,
            descriptors: [null, pipe.write, pipe.write])
        let child = try plan.spawn()
        pipe.write.close()
        let output = try AsyncFD(pipe.read)
        defer {
            child.kill(Signal.kill)
            output.close()
        }
        return try await withDeadline(
            configuration.bounds.question, "runsc \(arguments.joined(separator: " "))"
        ) {
            try await child.executed()
            var text: [UInt8] = []
            while text.count < 1 << 20 {
                let bytes = try await output.read(upTo: 64 << 10)
                if bytes.isEmpty { break }
                text += bytes
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}

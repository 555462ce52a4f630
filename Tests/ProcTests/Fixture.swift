import OCI
import Proc
import Runtime
import RuntimeFakes
import Testing

/// A created container with all that a test looks at.
struct Fixture {
    let process: InitProcess
    let container: FakeContainer
    let log = EventLog()

    init(
        isRoot: Bool = true, stdio: StdioPaths = StdioPaths(),
        release: @escaping @Sendable () async throws -> Void = {}
    )
        async throws
    {
        let runtime = FakeRuntime(isRoot: isRoot)
        let log = log
        process = try await InitProcess.create(
            InitProcess.Configuration(
                id: "c", bundle: "/bundle", stdio: stdio, release: release,
                events: { log.add(Self.text($0)) }),
            in: runtime)
        container = try #require(runtime.container)
    }

    static func text(_ event: ProcessEvent) -> String {
        switch event {
        case .created(let pid): "create \(pid)"
        case .started(let pid): "start \(pid)"
        case .execAdded(let id): "exec-added \(id)"
        case .execStarted(let id, let pid): "exec-started \(id) \(pid)"
        case .exited(let exec, let pid, let exit): "exit \(exec ?? "init") \(pid) \(exit.code)"
        case .outOfMemory: "oom"
        case .paused: "paused"
        case .resumed: "resumed"
        case .checkpointed(let image): "checkpointed \(image)"
        case .deleted(let pid, let exit): "delete \(pid) \(exit.code)"
        }
    }

    static var shell: Spec.Process {
        get throws { try Spec.Process.parse(Array(#"{"args":["sh"],"cwd":"/"}"#.utf8)) }
    }
}

package import OCI
import Sys
import Synchronization

/// A container in a gVisor sandbox.
package final class RunscContainer: Container {
    /// How long a Sentry may take to kill a container's processes before it is killed itself.
    static let killBound: Duration = .seconds(2)

    package let id: String
    package let sandbox: Sandbox
    let launch: Launch
    private let exit = OneShot<ContainerExit>()
    private let state: Mutex<State>

    private struct State {
        var started = false
        var paused = false
        var resources: ContainerResources
        var destruction: Task<Void, Never>?
    }

    init(sandbox: Sandbox, launch: Launch, resources: ContainerResources) {
        id = launch.id
        self.sandbox = sandbox
        self.launch = launch
        state = Mutex(State(resources: resources))
        // The second source of the exit code, and the only one when the Sentry dies: the sandbox ends with its root
        // container's code, and only its parent can see that.
        Task { [sandbox, exit] in
            guard let status = try? await sandbox.boot.wait() else { return }
            exit.report(ContainerExit(code: status.exitCode, time: Kernel.realTime()))
        }
    }

    package var pid: Int32 { sandbox.boot.pid }

    package func start() async throws {
        if launch.network == .loopback {
            try await describing("configure the network") {
                try await sandbox.sentry.createLinksAndRoutes(Self.loopback, [])
            }
        }
        try await describing("start the root container") { try await sandbox.sentry.startRoot(id) }
        state.withLock { $0.started = true }
        // The first source of the exit code. The Sentry may be gone before it is asked; then the second tells.
        Task { [sandbox, exit, id] in
            guard let status = try? await sandbox.sentry.wait(id) else { return }
            exit.report(ContainerExit(code: status.exitCode, time: Kernel.realTime()))
        }
    }

    private static let loopback: JSONValue = [
        "LoopbackLinks": [
            [
                "Name": "lo",
                "Addresses": [
                    ["Address": "127.0.0.1", "PrefixLen": 8], ["Address": "::1", "PrefixLen": 128],
                ],
                "Routes": [],
            ]
        ],
        "FDBasedLinks": nil, "XDPLinks": nil,
    ]

    package func wait() async -> ContainerExit {
        (try? await exit.wait()) ?? ContainerExit(code: 255, time: Kernel.realTime())
    }

    package func status() async throws -> ContainerStatus {
        if exit.value != nil { return .stopped }
        return state.withLock { $0.paused ? .paused : $0.started ? .running : .created }
    }

    package func processes() async throws -> [ProcessEntry] {
        try await describing("list the processes") { try await sandbox.sentry.processes(in: id) }
    }

    package func pause() async throws {
        try await describing("pause") { try await sandbox.sentry.pause() }
        state.withLock { $0.paused = true }
    }

    package func resume() async throws {
        try await describing("resume") { try await sandbox.sentry.resume() }
        state.withLock { $0.paused = false }
    }

    package func statistics() async throws -> Statistics {
        Statistics()
    }

    package func update(_ resources: Spec.LinuxResources) async throws {
        throw RuntimeError(.unsupported, "update of container \(id)")
    }

    package func destroy() async throws {
        let task = state.withLock { state -> Task<Void, Never> in
            if let task = state.destruction { return task }
            let task = Task { [resources = state.resources] in
                var resources = resources
                await resources.release()
            }
            state.destruction = task
            return task
        }
        await task.value
    }

    /// Turns an error of the control socket into one that says what was being done, and to which container.
    func describing<Result: Sendable>(
        _ action: String, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as ControlError {
            if error.isGone, let status = sandbox.boot.status {
                let said = sandbox.errors.summary()
                throw RuntimeError(
                    .notFound,
                    "\(action) of container \(id): the sandbox has ended with \(status.exitCode)"
                        + (said.isEmpty ? "" : ": \(said)"))
            }
            throw RuntimeError(error.kind, "\(action) of container \(id)", cause: error)
        }
    }
}

extension ControlError {
    /// What the Sentry's words mean to a caller. It has no error numbers, only text.
    var kind: RuntimeError.Kind {
        guard case .refused(_, let reason) = self else { return isGone ? .notFound : .failed }
        if reason.contains("no such process") || reason.contains("no process found") { return .notFound }
        return .failed
    }
}

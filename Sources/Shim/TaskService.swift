package import Messages
internal import Proc
package import Runtime
package import TTRPC

/// containerd's task service, over the containers of one shim: which method is which verb.
///
/// Version 3 of the service has the messages of version 2 under another name.
package final class TaskService: Sendable {
    /// What the service works with.
    package struct Environment: Sendable {
        /// The runtime for a container, by the options of its creation and its bundle.
        package var runtime:
            @Sendable (_ options: AnyMessage?, _ bundle: String) async throws -> any ContainerRuntime
        package var publisher: any EventPublisher
        /// containerd's namespace.
        package var namespace = ""
        package var mounter: RootfsMounter
        /// Whether containerd expects the measurements of cgroup v2.
        package var unifiedCgroups: @Sendable () -> Bool
        /// Whether a sandbox heeds what its pod's annotations say to gVisor.
        package var heedsPodAnnotations: @Sendable (_ bundle: String) throws -> Bool = { _ in false }
        /// Whether there is a containerd to tell of events; CRI-O starts shims without one.
        package var hasContainerd = true
        /// Told of what goes wrong and fails no call.
        package var warn: @Sendable (String) -> Void = { _ in }

        package init(
            runtime: @escaping @Sendable (AnyMessage?, String) async throws -> any ContainerRuntime,
            publisher: any EventPublisher, mounter: RootfsMounter = .host,
            unifiedCgroups: @escaping @Sendable () -> Bool = { CgroupHost.isUnified }
        ) {
            self.runtime = runtime
            self.publisher = publisher
            self.mounter = mounter
            self.unifiedCgroups = unifiedCgroups
        }
    }

    package static let names = ["containerd.task.v2.Task", "containerd.task.v3.Task"]

    let environment: Environment
    let registry = Registry()
    let end = Latch()

    /// The pod's sandbox, where it is made by itself.
    let sandboxes: SandboxService

    package init(_ environment: Environment) {
        self.environment = environment
        sandboxes = SandboxService(environment: environment, registry: registry, end: end)
    }

    private var methods: [Method] {
        [
            .unary("Create") { try await self.create($1) },
            .unary("Start") { try await self.start($1) },
            .unary("State", isLookup: true) { try await self.state($1) },
            .unary("Wait", isLookup: true) { try await self.wait($1) },
            .unary("Kill") { try await self.kill($1) },
            .unary("Exec") { try await self.exec($1) },
            .unary("ResizePty") { try await self.resizePty($1) },
            .unary("CloseIO") { try await self.closeIO($1) },
            .unary("Pids") { try await self.pids($1) },
            .unary("Delete") { try await self.delete($1) },
            .unary("Pause") { try await self.pause($1) },
            .unary("Resume") { try await self.resume($1) },
            .unary("Stats") { try await self.stats($1) },
            .unary("Update") { try await self.update($1) },
            .unary("Checkpoint") { try await self.checkpoint($1) },
            .unary("Connect", isLookup: true) { try await self.connect($1) },
            .unary("Shutdown") { try await self.shutdown($1) },
        ]
    }
}

extension TaskService: ServedTasks {
    package var services: [Service] {
        Self.names.map { Service(name: $0, methods: methods) } + [sandboxes.service]
    }

    package func status(of error: any Error) -> Status { Status(mapping: error) }

    package func untilShutdown() async { await end.wait() }

    package var endsAsSandbox: Bool { get async { await registry.endsAsSandbox } }

    package var population: Population {
        get async {
            guard await !registry.isEmpty else { return .empty }
            let containers = await registry.containers
            for container in containers where container.exit.value == nil { return .live }
            if let sandbox = await registry.sandbox {
                return sandbox.process.exit.value == nil ? .live : .stopped
            }
            return containers.isEmpty ? .live : .stopped
        }
    }

    package func closeIfEmpty() async -> Bool { await registry.closeIfEmpty() }

    package func describe() async -> [String] {
        var lines: [String] = []
        if let process = await registry.sandbox?.process {
            lines.append("sandbox \(process.id): \(await process.status.rawValue), pid \(process.pid)")
        }
        for container in await registry.containers {
            let status = await container.status
            lines.append("container \(container.id): \(status.rawValue), pid \(container.pid)")
            for (pid, id) in await container.execPIDs().sorted(by: { $0.key < $1.key }) {
                lines.append("container \(container.id): exec \(id), pid \(pid) inside")
            }
        }
        return lines
    }
}

extension CgroupHost {
    /// Whether the host has nothing but cgroup v2, which is what containerd goes by.
    ///
    /// Found out once: a host does not change it while it runs.
    package static let isUnified = (try? current()).map { $0.v1.isEmpty } ?? false
}

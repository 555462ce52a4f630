internal import Messages
internal import Proc
internal import Sys
internal import TTRPC

/// containerd's sandbox service, for those who make a pod's sandbox by itself and its containers later: which method
/// is which verb.
///
/// Shares the containers with the task service, whose shim it ends.
struct SandboxService: Sendable {
    static let name = "containerd.runtime.sandbox.v1.Sandbox"

    let environment: TaskService.Environment
    let registry: Registry
    let end: Latch

    var service: Service {
        Service(
            name: Self.name,
            methods: [
                .unary("CreateSandbox") { try await create($1) },
                .unary("StartSandbox") { try await start($1) },
                .unary("Platform") { try await platform($1) },
                .unary("StopSandbox") { try await stop($1) },
                .unary("WaitSandbox", isLookup: true) { try await wait($1) },
                .unary("SandboxStatus") { try await status($1) },
                .unary("PingSandbox", isLookup: true) { try await ping($1) },
                .unary("ShutdownSandbox") { try await shutdown($1) },
                .unary("SandboxMetrics") { try await metrics($1) },
            ])
    }
}

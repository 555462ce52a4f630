internal import Messages
internal import Proc
internal import Runtime
internal import Sys

/// A sandbox that containerd asked for by itself, before any container: what its life is told from.
struct PodSandbox: Sendable {
    /// The root container's; the sandbox ends with it.
    let process: InitProcess
    /// What the containers get that join.
    let share: PodShare
    let createdAt = Timestamp(nanosecondsSinceEpoch: Kernel.realTime())

    var id: String { process.id }
}

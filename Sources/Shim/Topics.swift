internal import Messages
internal import Proc
internal import Runtime
internal import Sys

/// The events of one container as containerd knows them.
struct ContainerEvents: Sendable {
    let request: CreateTaskRequest
    let publisher: any EventPublisher
    let hasContainerd: Bool

    /// Publishes an event under its topic.
    func publish(_ event: ProcessEvent) {
        let id = request.id
        switch event {
        case .created(let pid):
            publisher.publish(
                "/tasks/create",
                TaskCreate(
                    containerID: id, bundle: request.bundle, rootfs: request.rootfs,
                    io: TaskIO(
                        stdin: request.stdin, stdout: request.stdout, stderr: request.stderr,
                        terminal: request.terminal),
                    checkpoint: request.checkpoint, pid: UInt32(pid)))
        case .started(let pid):
            publisher.publish("/tasks/start", TaskStart(containerID: id, pid: UInt32(pid)))
        case .execAdded(let exec):
            publisher.publish("/tasks/exec-added", TaskExecAdded(containerID: id, execID: exec))
        case .execStarted(let exec, let pid):
            publisher.publish(
                "/tasks/exec-started", TaskExecStarted(containerID: id, execID: exec, pid: UInt32(pid)))
        case .exited(let exec, let pid, let exit):
            publisher.publish(
                "/tasks/exit",
                TaskExit(
                    containerID: id, id: exec ?? id, pid: UInt32(pid), exitStatus: exit.code,
                    exitedAt: exit.timestamp))
        case .outOfMemory:
            publisher.publish("/tasks/oom", TaskOOM(containerID: id))
            // CRI-O hears no events, and looks for this file after the end.
            if !hasContainerd { try? File.writeAtomically([], to: request.bundle + "/oom", mode: 0o600) }
        case .paused:
            publisher.publish("/tasks/paused", TaskPaused(containerID: id))
        case .resumed:
            publisher.publish("/tasks/resumed", TaskResumed(containerID: id))
        case .checkpointed(let image):
            publisher.publish("/tasks/checkpointed", TaskCheckpointed(containerID: id, checkpoint: image))
        case .deleted(let pid, let exit):
            publisher.publish(
                "/tasks/delete",
                TaskDelete(
                    containerID: id, pid: UInt32(pid), exitStatus: exit.code, exitedAt: exit.timestamp))
        }
    }
}

extension ContainerExit {
    /// When the process ended, as messages have it.
    var timestamp: Timestamp { Timestamp(nanosecondsSinceEpoch: time) }
}

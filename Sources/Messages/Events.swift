import CProto

/// A container was created; topic "/tasks/create".
package struct TaskCreate: CMessage {
    package static let fullName = "containerd.events.TaskCreate"
    static var cInit: CInit<Containerd__Events__TaskCreate> { containerd__events__task_create__init }

    package var containerID = ""
    package var bundle = ""
    package var rootfs: [RootfsMount] = []
    package var io: TaskIO?
    package var checkpoint = ""
    package var pid: UInt32 = 0

    package init() {}

    package init(
        containerID: String = "", bundle: String = "", rootfs: [RootfsMount] = [], io: TaskIO? = nil,
        checkpoint: String = "", pid: UInt32 = 0
    ) {
        self.containerID = containerID
        self.bundle = bundle
        self.rootfs = rootfs
        self.io = io
        self.checkpoint = checkpoint
        self.pid = pid
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskCreate) {
        codec.field(&containerID, &c.container_id)
        codec.field(&bundle, &c.bundle)
        codec.field(&rootfs, &c.n_rootfs, &c.rootfs)
        codec.field(&io, &c.io)
        codec.field(&checkpoint, &c.checkpoint)
        codec.field(&pid, &c.pid)
    }
}

/// The streams of a created container's init process.
package struct TaskIO: CMessage {
    package static let fullName = "containerd.events.TaskIO"
    static var cInit: CInit<Containerd__Events__TaskIO> { containerd__events__task_io__init }

    package var stdin = ""
    package var stdout = ""
    package var stderr = ""
    package var terminal = false

    package init() {}

    package init(stdin: String = "", stdout: String = "", stderr: String = "", terminal: Bool = false) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.terminal = terminal
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskIO) {
        codec.field(&stdin, &c.stdin)
        codec.field(&stdout, &c.stdout)
        codec.field(&stderr, &c.stderr)
        codec.field(&terminal, &c.terminal)
    }
}

/// An init process was started; topic "/tasks/start".
package struct TaskStart: CMessage {
    package static let fullName = "containerd.events.TaskStart"
    static var cInit: CInit<Containerd__Events__TaskStart> { containerd__events__task_start__init }

    package var containerID = ""
    package var pid: UInt32 = 0

    package init() {}

    package init(containerID: String = "", pid: UInt32 = 0) {
        self.containerID = containerID
        self.pid = pid
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskStart) {
        codec.field(&containerID, &c.container_id)
        codec.field(&pid, &c.pid)
    }
}

/// A process exited; topic "/tasks/exit".
package struct TaskExit: CMessage {
    package static let fullName = "containerd.events.TaskExit"
    static var cInit: CInit<Containerd__Events__TaskExit> { containerd__events__task_exit__init }

    package var containerID = ""
    /// The exec process, or `containerID` for the init process.
    package var id = ""
    package var pid: UInt32 = 0
    package var exitStatus: UInt32 = 0
    package var exitedAt: Timestamp?

    package init() {}

    package init(
        containerID: String = "", id: String = "", pid: UInt32 = 0, exitStatus: UInt32 = 0,
        exitedAt: Timestamp? = nil
    ) {
        self.containerID = containerID
        self.id = id
        self.pid = pid
        self.exitStatus = exitStatus
        self.exitedAt = exitedAt
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskExit) {
        codec.field(&containerID, &c.container_id)
        codec.field(&id, &c.id)
        codec.field(&pid, &c.pid)
        codec.field(&exitStatus, &c.exit_status)
        codec.field(&exitedAt, &c.exited_at)
    }
}

/// A container was deleted, or an exec process; topic "/tasks/delete".
package struct TaskDelete: CMessage {
    package static let fullName = "containerd.events.TaskDelete"
    static var cInit: CInit<Containerd__Events__TaskDelete> { containerd__events__task_delete__init }

    package var containerID = ""
    package var pid: UInt32 = 0
    package var exitStatus: UInt32 = 0
    package var exitedAt: Timestamp?
    /// The exec process; empty for the init process.
    package var id = ""

    package init() {}

    package init(
        containerID: String = "", pid: UInt32 = 0, exitStatus: UInt32 = 0, exitedAt: Timestamp? = nil,
        id: String = ""
    ) {
        self.containerID = containerID
        self.pid = pid
        self.exitStatus = exitStatus
        self.exitedAt = exitedAt
        self.id = id
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskDelete) {
        codec.field(&containerID, &c.container_id)
        codec.field(&pid, &c.pid)
        codec.field(&exitStatus, &c.exit_status)
        codec.field(&exitedAt, &c.exited_at)
        codec.field(&id, &c.id)
    }
}

/// A container ran out of memory; topic "/tasks/oom".
package struct TaskOOM: CMessage {
    package static let fullName = "containerd.events.TaskOOM"
    static var cInit: CInit<Containerd__Events__TaskOOM> { containerd__events__task_oom__init }

    package var containerID = ""

    package init() {}

    package init(containerID: String = "") {
        self.containerID = containerID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskOOM) {
        codec.field(&containerID, &c.container_id)
    }
}

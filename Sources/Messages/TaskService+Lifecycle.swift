import CProto

/// Asks for a container and its init process, not yet started.
package struct CreateTaskRequest: CMessage {
    package static let fullName = "containerd.task.v2.CreateTaskRequest"
    static var cInit: CInit<Containerd__Task__V2__CreateTaskRequest> {
        containerd__task__v2__create_task_request__init
    }

    /// The container.
    package var id = ""
    /// The directory with config.json.
    package var bundle = ""
    /// Mounts to make, in this order, at the bundle's rootfs; empty when the bundle has one.
    package var rootfs: [RootfsMount] = []
    /// Whether the process gets a terminal; then `stderr` is unused.
    package var terminal = false
    /// A FIFO, or empty for none.
    package var stdin = ""
    package var stdout = ""
    package var stderr = ""
    /// The image directory to restore from, or empty.
    package var checkpoint = ""
    package var parentCheckpoint = ""
    /// A ``RuntimeOptions`` or ``RuncOptions``.
    package var options: AnyMessage?

    package init() {}

    package init(
        id: String = "", bundle: String = "", rootfs: [RootfsMount] = [], terminal: Bool = false,
        stdin: String = "", stdout: String = "", stderr: String = "", checkpoint: String = "",
        parentCheckpoint: String = "", options: AnyMessage? = nil
    ) {
        self.id = id
        self.bundle = bundle
        self.rootfs = rootfs
        self.terminal = terminal
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.checkpoint = checkpoint
        self.parentCheckpoint = parentCheckpoint
        self.options = options
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__CreateTaskRequest)
    {
        codec.field(&id, &c.id)
        codec.field(&bundle, &c.bundle)
        codec.field(&rootfs, &c.n_rootfs, &c.rootfs)
        codec.field(&terminal, &c.terminal)
        codec.field(&stdin, &c.stdin)
        codec.field(&stdout, &c.stdout)
        codec.field(&stderr, &c.stderr)
        codec.field(&checkpoint, &c.checkpoint)
        codec.field(&parentCheckpoint, &c.parent_checkpoint)
        codec.field(&options, &c.options)
    }
}

/// The answer to ``CreateTaskRequest``.
package struct CreateTaskResponse: CMessage {
    package static let fullName = "containerd.task.v2.CreateTaskResponse"
    static var cInit: CInit<Containerd__Task__V2__CreateTaskResponse> {
        containerd__task__v2__create_task_response__init
    }

    package var pid: UInt32 = 0

    package init() {}

    package init(pid: UInt32 = 0) {
        self.pid = pid
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__CreateTaskResponse
    ) {
        codec.field(&pid, &c.pid)
    }
}

/// Asks for a created process to run.
package struct StartRequest: CMessage {
    package static let fullName = "containerd.task.v2.StartRequest"
    static var cInit: CInit<Containerd__Task__V2__StartRequest> { containerd__task__v2__start_request__init }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""

    package init() {}

    package init(id: String = "", execID: String = "") {
        self.id = id
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__StartRequest) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
    }
}

/// The answer to ``StartRequest``.
package struct StartResponse: CMessage {
    package static let fullName = "containerd.task.v2.StartResponse"
    static var cInit: CInit<Containerd__Task__V2__StartResponse> {
        containerd__task__v2__start_response__init
    }

    package var pid: UInt32 = 0

    package init() {}

    package init(pid: UInt32 = 0) {
        self.pid = pid
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__StartResponse) {
        codec.field(&pid, &c.pid)
    }
}

/// Asks for a stopped process, or a container with its init process, to be forgotten.
package struct DeleteRequest: CMessage {
    package static let fullName = "containerd.task.v2.DeleteRequest"
    static var cInit: CInit<Containerd__Task__V2__DeleteRequest> {
        containerd__task__v2__delete_request__init
    }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""

    package init() {}

    package init(id: String = "", execID: String = "") {
        self.id = id
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__DeleteRequest) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
    }
}

/// The answer to ``DeleteRequest``; also what the shim's `delete` command prints.
package struct DeleteResponse: CMessage {
    package static let fullName = "containerd.task.v2.DeleteResponse"
    static var cInit: CInit<Containerd__Task__V2__DeleteResponse> {
        containerd__task__v2__delete_response__init
    }

    package var pid: UInt32 = 0
    package var exitStatus: UInt32 = 0
    package var exitedAt: Timestamp?

    package init() {}

    package init(pid: UInt32 = 0, exitStatus: UInt32 = 0, exitedAt: Timestamp? = nil) {
        self.pid = pid
        self.exitStatus = exitStatus
        self.exitedAt = exitedAt
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__DeleteResponse) {
        codec.field(&pid, &c.pid)
        codec.field(&exitStatus, &c.exit_status)
        codec.field(&exitedAt, &c.exited_at)
    }
}

/// Asks who is there, after containerd has found a shim again.
package struct ConnectRequest: CMessage {
    package static let fullName = "containerd.task.v2.ConnectRequest"
    static var cInit: CInit<Containerd__Task__V2__ConnectRequest> {
        containerd__task__v2__connect_request__init
    }

    package var id = ""

    package init() {}

    package init(id: String = "") {
        self.id = id
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__ConnectRequest) {
        codec.field(&id, &c.id)
    }
}

/// The answer to ``ConnectRequest``.
package struct ConnectResponse: CMessage {
    package static let fullName = "containerd.task.v2.ConnectResponse"
    static var cInit: CInit<Containerd__Task__V2__ConnectResponse> {
        containerd__task__v2__connect_response__init
    }

    package var shimPid: UInt32 = 0
    /// The init process of the container.
    package var taskPid: UInt32 = 0
    package var version = ""

    package init() {}

    package init(shimPid: UInt32 = 0, taskPid: UInt32 = 0, version: String = "") {
        self.shimPid = shimPid
        self.taskPid = taskPid
        self.version = version
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__ConnectResponse) {
        codec.field(&shimPid, &c.shim_pid)
        codec.field(&taskPid, &c.task_pid)
        codec.field(&version, &c.version)
    }
}

/// Asks the shim to end if it has no container left.
package struct ShutdownRequest: CMessage {
    package static let fullName = "containerd.task.v2.ShutdownRequest"
    static var cInit: CInit<Containerd__Task__V2__ShutdownRequest> {
        containerd__task__v2__shutdown_request__init
    }

    package var id = ""
    /// Whether to end regardless.
    package var now = false

    package init() {}

    package init(id: String = "", now: Bool = false) {
        self.id = id
        self.now = now
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__ShutdownRequest) {
        codec.field(&id, &c.id)
        codec.field(&now, &c.now)
    }
}

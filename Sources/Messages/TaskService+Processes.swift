import CProto

/// Asks for one more process in a container, not yet started.
package struct ExecProcessRequest: CMessage {
    package static let fullName = "containerd.task.v2.ExecProcessRequest"
    static var cInit: CInit<Containerd__Task__V2__ExecProcessRequest> {
        containerd__task__v2__exec_process_request__init
    }

    package var id = ""
    package var execID = ""
    package var terminal = false
    package var stdin = ""
    package var stdout = ""
    package var stderr = ""
    /// An OCI process as JSON, under ``TypeURL/process``.
    package var spec: AnyMessage?

    package init() {}

    package init(
        id: String = "", execID: String = "", terminal: Bool = false, stdin: String = "",
        stdout: String = "", stderr: String = "", spec: AnyMessage? = nil
    ) {
        self.id = id
        self.execID = execID
        self.terminal = terminal
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.spec = spec
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__ExecProcessRequest
    ) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
        codec.field(&terminal, &c.terminal)
        codec.field(&stdin, &c.stdin)
        codec.field(&stdout, &c.stdout)
        codec.field(&stderr, &c.stderr)
        codec.field(&spec, &c.spec)
    }
}

/// Asks for the state of a process.
package struct StateRequest: CMessage {
    package static let fullName = "containerd.task.v2.StateRequest"
    static var cInit: CInit<Containerd__Task__V2__StateRequest> { containerd__task__v2__state_request__init }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""

    package init() {}

    package init(id: String = "", execID: String = "") {
        self.id = id
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__StateRequest) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
    }
}

/// The answer to ``StateRequest``.
package struct StateResponse: CMessage {
    package static let fullName = "containerd.task.v2.StateResponse"
    static var cInit: CInit<Containerd__Task__V2__StateResponse> {
        containerd__task__v2__state_response__init
    }

    package var id = ""
    package var bundle = ""
    package var pid: UInt32 = 0
    package var status = TaskStatus.unknown
    package var stdin = ""
    package var stdout = ""
    package var stderr = ""
    package var terminal = false
    package var exitStatus: UInt32 = 0
    /// `nil` while the process lives.
    package var exitedAt: Timestamp?
    package var execID = ""

    package init() {}

    package init(
        id: String = "", bundle: String = "", pid: UInt32 = 0, status: TaskStatus = .unknown,
        stdin: String = "", stdout: String = "", stderr: String = "", terminal: Bool = false,
        exitStatus: UInt32 = 0, exitedAt: Timestamp? = nil, execID: String = ""
    ) {
        self.id = id
        self.bundle = bundle
        self.pid = pid
        self.status = status
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.terminal = terminal
        self.exitStatus = exitStatus
        self.exitedAt = exitedAt
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__StateResponse) {
        codec.field(&id, &c.id)
        codec.field(&bundle, &c.bundle)
        codec.field(&pid, &c.pid)
        codec.field(&status, &c.status)
        codec.field(&stdin, &c.stdin)
        codec.field(&stdout, &c.stdout)
        codec.field(&stderr, &c.stderr)
        codec.field(&terminal, &c.terminal)
        codec.field(&exitStatus, &c.exit_status)
        codec.field(&exitedAt, &c.exited_at)
        codec.field(&execID, &c.exec_id)
    }
}

/// Asks to be answered when a process has exited.
package struct WaitRequest: CMessage {
    package static let fullName = "containerd.task.v2.WaitRequest"
    static var cInit: CInit<Containerd__Task__V2__WaitRequest> { containerd__task__v2__wait_request__init }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""

    package init() {}

    package init(id: String = "", execID: String = "") {
        self.id = id
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__WaitRequest) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
    }
}

/// The answer to ``WaitRequest``.
package struct WaitResponse: CMessage {
    package static let fullName = "containerd.task.v2.WaitResponse"
    static var cInit: CInit<Containerd__Task__V2__WaitResponse> { containerd__task__v2__wait_response__init }

    package var exitStatus: UInt32 = 0
    package var exitedAt: Timestamp?

    package init() {}

    package init(exitStatus: UInt32 = 0, exitedAt: Timestamp? = nil) {
        self.exitStatus = exitStatus
        self.exitedAt = exitedAt
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__WaitResponse) {
        codec.field(&exitStatus, &c.exit_status)
        codec.field(&exitedAt, &c.exited_at)
    }
}

/// Asks for a signal to be sent.
package struct KillRequest: CMessage {
    package static let fullName = "containerd.task.v2.KillRequest"
    static var cInit: CInit<Containerd__Task__V2__KillRequest> { containerd__task__v2__kill_request__init }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""
    package var signal: UInt32 = 0
    /// Whether every process of the container gets it.
    package var all = false

    package init() {}

    package init(id: String = "", execID: String = "", signal: UInt32 = 0, all: Bool = false) {
        self.id = id
        self.execID = execID
        self.signal = signal
        self.all = all
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__KillRequest) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
        codec.field(&signal, &c.signal)
        codec.field(&all, &c.all)
    }
}

/// Asks for the processes of a container.
package struct PidsRequest: CMessage {
    package static let fullName = "containerd.task.v2.PidsRequest"
    static var cInit: CInit<Containerd__Task__V2__PidsRequest> { containerd__task__v2__pids_request__init }

    package var id = ""

    package init() {}

    package init(id: String = "") {
        self.id = id
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__PidsRequest) {
        codec.field(&id, &c.id)
    }
}

/// The answer to ``PidsRequest``.
package struct PidsResponse: CMessage {
    package static let fullName = "containerd.task.v2.PidsResponse"
    static var cInit: CInit<Containerd__Task__V2__PidsResponse> { containerd__task__v2__pids_response__init }

    package var processes: [TaskProcessInfo] = []

    package init() {}

    package init(processes: [TaskProcessInfo] = []) {
        self.processes = processes
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__PidsResponse) {
        codec.field(&processes, &c.n_processes, &c.processes)
    }
}

/// Asks for a terminal to take a size, in characters.
package struct ResizePtyRequest: CMessage {
    package static let fullName = "containerd.task.v2.ResizePtyRequest"
    static var cInit: CInit<Containerd__Task__V2__ResizePtyRequest> {
        containerd__task__v2__resize_pty_request__init
    }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""
    package var width: UInt32 = 0
    package var height: UInt32 = 0

    package init() {}

    package init(id: String = "", execID: String = "", width: UInt32 = 0, height: UInt32 = 0) {
        self.id = id
        self.execID = execID
        self.width = width
        self.height = height
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__ResizePtyRequest)
    {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
        codec.field(&width, &c.width)
        codec.field(&height, &c.height)
    }
}

/// Asks for streams to be closed from the caller's side.
package struct CloseIORequest: CMessage {
    package static let fullName = "containerd.task.v2.CloseIORequest"
    static var cInit: CInit<Containerd__Task__V2__CloseIORequest> {
        containerd__task__v2__close_iorequest__init
    }

    package var id = ""
    /// Empty for the init process.
    package var execID = ""
    /// Whether to close standard input.
    package var stdin = false

    package init() {}

    package init(id: String = "", execID: String = "", stdin: Bool = false) {
        self.id = id
        self.execID = execID
        self.stdin = stdin
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__CloseIORequest) {
        codec.field(&id, &c.id)
        codec.field(&execID, &c.exec_id)
        codec.field(&stdin, &c.stdin)
    }
}

import CProto

/// An exec process was added; topic "/tasks/exec-added".
package struct TaskExecAdded: CMessage {
    package static let fullName = "containerd.events.TaskExecAdded"
    static var cInit: CInit<Containerd__Events__TaskExecAdded> { containerd__events__task_exec_added__init }

    package var containerID = ""
    package var execID = ""

    package init() {}

    package init(containerID: String = "", execID: String = "") {
        self.containerID = containerID
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskExecAdded) {
        codec.field(&containerID, &c.container_id)
        codec.field(&execID, &c.exec_id)
    }
}

/// An exec process was started; topic "/tasks/exec-started".
package struct TaskExecStarted: CMessage {
    package static let fullName = "containerd.events.TaskExecStarted"
    static var cInit: CInit<Containerd__Events__TaskExecStarted> {
        containerd__events__task_exec_started__init
    }

    package var containerID = ""
    package var execID = ""
    package var pid: UInt32 = 0

    package init() {}

    package init(containerID: String = "", execID: String = "", pid: UInt32 = 0) {
        self.containerID = containerID
        self.execID = execID
        self.pid = pid
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskExecStarted) {
        codec.field(&containerID, &c.container_id)
        codec.field(&execID, &c.exec_id)
        codec.field(&pid, &c.pid)
    }
}

/// A container was paused; topic "/tasks/paused".
package struct TaskPaused: CMessage {
    package static let fullName = "containerd.events.TaskPaused"
    static var cInit: CInit<Containerd__Events__TaskPaused> { containerd__events__task_paused__init }

    package var containerID = ""

    package init() {}

    package init(containerID: String = "") {
        self.containerID = containerID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskPaused) {
        codec.field(&containerID, &c.container_id)
    }
}

/// A container runs on; topic "/tasks/resumed".
package struct TaskResumed: CMessage {
    package static let fullName = "containerd.events.TaskResumed"
    static var cInit: CInit<Containerd__Events__TaskResumed> { containerd__events__task_resumed__init }

    package var containerID = ""

    package init() {}

    package init(containerID: String = "") {
        self.containerID = containerID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskResumed) {
        codec.field(&containerID, &c.container_id)
    }
}

/// A container was saved; topic "/tasks/checkpointed".
package struct TaskCheckpointed: CMessage {
    package static let fullName = "containerd.events.TaskCheckpointed"
    static var cInit: CInit<Containerd__Events__TaskCheckpointed> {
        containerd__events__task_checkpointed__init
    }

    package var containerID = ""
    package var checkpoint = ""

    package init() {}

    package init(containerID: String = "", checkpoint: String = "") {
        self.containerID = containerID
        self.checkpoint = checkpoint
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Events__TaskCheckpointed) {
        codec.field(&containerID, &c.container_id)
        codec.field(&checkpoint, &c.checkpoint)
    }
}

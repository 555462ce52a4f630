import CProto

/// Asks for a container to be frozen.
package struct PauseRequest: CMessage {
    package static let fullName = "containerd.task.v2.PauseRequest"
    static var cInit: CInit<Containerd__Task__V2__PauseRequest> { containerd__task__v2__pause_request__init }

    package var id = ""

    package init() {}

    package init(id: String = "") {
        self.id = id
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__PauseRequest) {
        codec.field(&id, &c.id)
    }
}

/// Asks for a paused container to run on.
package struct ResumeRequest: CMessage {
    package static let fullName = "containerd.task.v2.ResumeRequest"
    static var cInit: CInit<Containerd__Task__V2__ResumeRequest> {
        containerd__task__v2__resume_request__init
    }

    package var id = ""

    package init() {}

    package init(id: String = "") {
        self.id = id
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__ResumeRequest) {
        codec.field(&id, &c.id)
    }
}

/// Asks for a container to be saved.
package struct CheckpointTaskRequest: CMessage {
    package static let fullName = "containerd.task.v2.CheckpointTaskRequest"
    static var cInit: CInit<Containerd__Task__V2__CheckpointTaskRequest> {
        containerd__task__v2__checkpoint_task_request__init
    }

    package var id = ""
    /// The directory for the image.
    package var path = ""
    /// A ``RuncCheckpointOptions``.
    package var options: AnyMessage?

    package init() {}

    package init(id: String = "", path: String = "", options: AnyMessage? = nil) {
        self.id = id
        self.path = path
        self.options = options
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__CheckpointTaskRequest
    ) {
        codec.field(&id, &c.id)
        codec.field(&path, &c.path)
        codec.field(&options, &c.options)
    }
}

/// Asks for other resource limits.
package struct UpdateTaskRequest: CMessage {
    package static let fullName = "containerd.task.v2.UpdateTaskRequest"
    static var cInit: CInit<Containerd__Task__V2__UpdateTaskRequest> {
        containerd__task__v2__update_task_request__init
    }

    package var id = ""
    /// OCI Linux resources as JSON, under ``TypeURL/linuxResources``.
    package var resources: AnyMessage?
    package var annotations: [String: String] = [:]

    package init() {}

    package init(id: String = "", resources: AnyMessage? = nil, annotations: [String: String] = [:]) {
        self.id = id
        self.resources = resources
        self.annotations = annotations
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__UpdateTaskRequest)
    {
        codec.field(&id, &c.id)
        codec.field(&resources, &c.resources)
        codec.field(&annotations, &c.n_annotations, &c.annotations)
    }
}

/// Asks for measurements of a container.
package struct StatsRequest: CMessage {
    package static let fullName = "containerd.task.v2.StatsRequest"
    static var cInit: CInit<Containerd__Task__V2__StatsRequest> { containerd__task__v2__stats_request__init }

    package var id = ""

    package init() {}

    package init(id: String = "") {
        self.id = id
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__StatsRequest) {
        codec.field(&id, &c.id)
    }
}

/// The answer to ``StatsRequest``.
package struct StatsResponse: CMessage {
    package static let fullName = "containerd.task.v2.StatsResponse"
    static var cInit: CInit<Containerd__Task__V2__StatsResponse> {
        containerd__task__v2__stats_response__init
    }

    /// A ``CgroupV1/Metrics`` or ``CgroupV2/Metrics``.
    package var stats: AnyMessage?

    package init() {}

    package init(stats: AnyMessage? = nil) {
        self.stats = stats
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Task__V2__StatsResponse) {
        codec.field(&stats, &c.stats)
    }
}

extension Containerd__Task__V2__UpdateTaskRequest__AnnotationsEntry: CMapEntry {
    static var cInit: CInit<Self> { containerd__task__v2__update_task_request__annotations_entry__init }
}

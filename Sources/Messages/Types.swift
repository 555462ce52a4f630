import CProto

/// A mount that containerd wants made, mostly for a root file system.
package struct RootfsMount: CMessage {
    package static let fullName = "containerd.types.Mount"
    static var cInit: CInit<Containerd__Types__Mount> { containerd__types__mount__init }

    package var type = ""
    package var source = ""
    /// The path below the root file system; empty for the root itself.
    package var target = ""
    /// As in fstab.
    package var options: [String] = []

    package init() {}

    package init(type: String = "", source: String = "", target: String = "", options: [String] = []) {
        self.type = type
        self.source = source
        self.target = target
        self.options = options
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Types__Mount) {
        codec.field(&type, &c.type)
        codec.field(&source, &c.source)
        codec.field(&target, &c.target)
        codec.field(&options, &c.n_options, &c.options)
    }
}

/// One process of a container.
package struct TaskProcessInfo: CMessage {
    package static let fullName = "containerd.v1.types.ProcessInfo"
    static var cInit: CInit<Containerd__V1__Types__ProcessInfo> { containerd__v1__types__process_info__init }

    package var pid: UInt32 = 0
    /// A ``RuncProcessDetails`` for processes that containerd started.
    package var info: AnyMessage?

    package init() {}

    package init(pid: UInt32 = 0, info: AnyMessage? = nil) {
        self.pid = pid
        self.info = info
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__V1__Types__ProcessInfo) {
        codec.field(&pid, &c.pid)
        codec.field(&info, &c.info)
    }
}

/// What a sandbox runs: operating system and architecture, in the words of OCI images.
package struct Platform: CMessage {
    package static let fullName = "containerd.types.Platform"
    static var cInit: CInit<Containerd__Types__Platform> { containerd__types__platform__init }

    package var os = ""
    package var architecture = ""
    package var variant = ""
    package var osVersion = ""
    package var osFeatures: [String] = []

    package init() {}

    package init(
        os: String = "", architecture: String = "", variant: String = "", osVersion: String = "",
        osFeatures: [String] = []
    ) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
        self.osFeatures = osFeatures
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Types__Platform) {
        codec.field(&os, &c.os)
        codec.field(&architecture, &c.architecture)
        codec.field(&variant, &c.variant)
        codec.field(&osVersion, &c.os_version)
        codec.field(&osFeatures, &c.n_os_features, &c.os_features)
    }
}

/// Measurements of one object at one time.
package struct Metric: CMessage {
    package static let fullName = "containerd.types.Metric"
    static var cInit: CInit<Containerd__Types__Metric> { containerd__types__metric__init }

    package var timestamp: Timestamp?
    package var id = ""
    /// A ``CgroupV1/Metrics`` or ``CgroupV2/Metrics``.
    package var data: AnyMessage?

    package init() {}

    package init(timestamp: Timestamp? = nil, id: String = "", data: AnyMessage? = nil) {
        self.timestamp = timestamp
        self.id = id
        self.data = data
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Types__Metric) {
        codec.field(&timestamp, &c.timestamp)
        codec.field(&id, &c.id)
        codec.field(&data, &c.data)
    }
}

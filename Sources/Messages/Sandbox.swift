import CProto

/// Asks for a sandbox's environment, before anything runs in it.
package struct CreateSandboxRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.CreateSandboxRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__CreateSandboxRequest> {
        containerd__runtime__sandbox__v1__create_sandbox_request__init
    }

    package var sandboxID = ""
    package var bundlePath = ""
    package var rootfs: [RootfsMount] = []
    package var options: AnyMessage?
    /// The network namespace of the pod, or empty.
    package var netnsPath = ""
    package var annotations: [String: String] = [:]

    package init() {}

    package init(
        sandboxID: String = "", bundlePath: String = "", rootfs: [RootfsMount] = [],
        options: AnyMessage? = nil, netnsPath: String = "", annotations: [String: String] = [:]
    ) {
        self.sandboxID = sandboxID
        self.bundlePath = bundlePath
        self.rootfs = rootfs
        self.options = options
        self.netnsPath = netnsPath
        self.annotations = annotations
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__CreateSandboxRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
        codec.field(&bundlePath, &c.bundle_path)
        codec.field(&rootfs, &c.n_rootfs, &c.rootfs)
        codec.field(&options, &c.options)
        codec.field(&netnsPath, &c.netns_path)
        codec.field(&annotations, &c.n_annotations, &c.annotations)
    }
}

/// The answer to ``CreateSandboxRequest``.
package struct CreateSandboxResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.CreateSandboxResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__CreateSandboxResponse> {
        containerd__runtime__sandbox__v1__create_sandbox_response__init
    }

    package init() {}

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__CreateSandboxResponse
    ) {}
}

/// Asks for a created sandbox to start.
package struct StartSandboxRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.StartSandboxRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__StartSandboxRequest> {
        containerd__runtime__sandbox__v1__start_sandbox_request__init
    }

    package var sandboxID = ""

    package init() {}

    package init(sandboxID: String = "") {
        self.sandboxID = sandboxID
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__StartSandboxRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
    }
}

/// The answer to ``StartSandboxRequest``.
package struct StartSandboxResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.StartSandboxResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__StartSandboxResponse> {
        containerd__runtime__sandbox__v1__start_sandbox_response__init
    }

    package var pid: UInt32 = 0
    package var createdAt: Timestamp?
    package var spec: AnyMessage?

    package init() {}

    package init(pid: UInt32 = 0, createdAt: Timestamp? = nil, spec: AnyMessage? = nil) {
        self.pid = pid
        self.createdAt = createdAt
        self.spec = spec
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__StartSandboxResponse
    ) {
        codec.field(&pid, &c.pid)
        codec.field(&createdAt, &c.created_at)
        codec.field(&spec, &c.spec)
    }
}

/// Asks for a sandbox to stop.
package struct StopSandboxRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.StopSandboxRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__StopSandboxRequest> {
        containerd__runtime__sandbox__v1__stop_sandbox_request__init
    }

    package var sandboxID = ""
    package var timeoutSecs: UInt32 = 0

    package init() {}

    package init(sandboxID: String = "", timeoutSecs: UInt32 = 0) {
        self.sandboxID = sandboxID
        self.timeoutSecs = timeoutSecs
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__StopSandboxRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
        codec.field(&timeoutSecs, &c.timeout_secs)
    }
}

/// The answer to ``StopSandboxRequest``.
package struct StopSandboxResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.StopSandboxResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__StopSandboxResponse> {
        containerd__runtime__sandbox__v1__stop_sandbox_response__init
    }

    package init() {}

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__StopSandboxResponse
    ) {}
}

/// Asks to be answered when the sandbox has ended.
package struct WaitSandboxRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.WaitSandboxRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__WaitSandboxRequest> {
        containerd__runtime__sandbox__v1__wait_sandbox_request__init
    }

    package var sandboxID = ""

    package init() {}

    package init(sandboxID: String = "") {
        self.sandboxID = sandboxID
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__WaitSandboxRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
    }
}

/// The answer to ``WaitSandboxRequest``.
package struct WaitSandboxResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.WaitSandboxResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__WaitSandboxResponse> {
        containerd__runtime__sandbox__v1__wait_sandbox_response__init
    }

    package var exitStatus: UInt32 = 0
    package var exitedAt: Timestamp?

    package init() {}

    package init(exitStatus: UInt32 = 0, exitedAt: Timestamp? = nil) {
        self.exitStatus = exitStatus
        self.exitedAt = exitedAt
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__WaitSandboxResponse
    ) {
        codec.field(&exitStatus, &c.exit_status)
        codec.field(&exitedAt, &c.exited_at)
    }
}

/// Asks the shim of a sandbox to end.
package struct ShutdownSandboxRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.ShutdownSandboxRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__ShutdownSandboxRequest> {
        containerd__runtime__sandbox__v1__shutdown_sandbox_request__init
    }

    package var sandboxID = ""

    package init() {}

    package init(sandboxID: String = "") {
        self.sandboxID = sandboxID
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__ShutdownSandboxRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
    }
}

/// The answer to ``ShutdownSandboxRequest``.
package struct ShutdownSandboxResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.ShutdownSandboxResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__ShutdownSandboxResponse> {
        containerd__runtime__sandbox__v1__shutdown_sandbox_response__init
    }

    package init() {}

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__ShutdownSandboxResponse
    ) {}
}

extension Containerd__Runtime__Sandbox__V1__CreateSandboxRequest__AnnotationsEntry: CMapEntry {
    static var cInit: CInit<Self> {
        containerd__runtime__sandbox__v1__create_sandbox_request__annotations_entry__init
    }
}

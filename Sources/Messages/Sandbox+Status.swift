import CProto

/// Asks for the state of a sandbox.
package struct SandboxStatusRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.SandboxStatusRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__SandboxStatusRequest> {
        containerd__runtime__sandbox__v1__sandbox_status_request__init
    }

    package var sandboxID = ""
    /// Whether `info` is wanted.
    package var verbose = false

    package init() {}

    package init(sandboxID: String = "", verbose: Bool = false) {
        self.sandboxID = sandboxID
        self.verbose = verbose
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__SandboxStatusRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
        codec.field(&verbose, &c.verbose)
    }
}

/// The answer to ``SandboxStatusRequest``.
package struct SandboxStatusResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.SandboxStatusResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__SandboxStatusResponse> {
        containerd__runtime__sandbox__v1__sandbox_status_response__init
    }

    package var sandboxID = ""
    package var pid: UInt32 = 0
    /// In the words of containerd's CRI, as in "SANDBOX_READY".
    package var state = ""
    package var info: [String: String] = [:]
    package var createdAt: Timestamp?
    package var exitedAt: Timestamp?
    package var extra: AnyMessage?

    package init() {}

    package init(
        sandboxID: String = "", pid: UInt32 = 0, state: String = "", info: [String: String] = [:],
        createdAt: Timestamp? = nil, exitedAt: Timestamp? = nil, extra: AnyMessage? = nil
    ) {
        self.sandboxID = sandboxID
        self.pid = pid
        self.state = state
        self.info = info
        self.createdAt = createdAt
        self.exitedAt = exitedAt
        self.extra = extra
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__SandboxStatusResponse
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
        codec.field(&pid, &c.pid)
        codec.field(&state, &c.state)
        codec.field(&info, &c.n_info, &c.info)
        codec.field(&createdAt, &c.created_at)
        codec.field(&exitedAt, &c.exited_at)
        codec.field(&extra, &c.extra)
    }
}

/// Asks what platform the containers of a sandbox see.
package struct PlatformRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.PlatformRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__PlatformRequest> {
        containerd__runtime__sandbox__v1__platform_request__init
    }

    package var sandboxID = ""

    package init() {}

    package init(sandboxID: String = "") {
        self.sandboxID = sandboxID
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__PlatformRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
    }
}

/// The answer to ``PlatformRequest``.
package struct PlatformResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.PlatformResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__PlatformResponse> {
        containerd__runtime__sandbox__v1__platform_response__init
    }

    package var platform: Platform?

    package init() {}

    package init(platform: Platform? = nil) {
        self.platform = platform
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__PlatformResponse
    ) {
        codec.field(&platform, &c.platform)
    }
}

/// Asks whether a sandbox is alive.
package struct PingRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.PingRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__PingRequest> {
        containerd__runtime__sandbox__v1__ping_request__init
    }

    package var sandboxID = ""

    package init() {}

    package init(sandboxID: String = "") {
        self.sandboxID = sandboxID
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__PingRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
    }
}

/// The answer to ``PingRequest``.
package struct PingResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.PingResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__PingResponse> {
        containerd__runtime__sandbox__v1__ping_response__init
    }

    package init() {}

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__PingResponse
    ) {}
}

/// Asks for measurements of a sandbox.
package struct SandboxMetricsRequest: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.SandboxMetricsRequest"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__SandboxMetricsRequest> {
        containerd__runtime__sandbox__v1__sandbox_metrics_request__init
    }

    package var sandboxID = ""

    package init() {}

    package init(sandboxID: String = "") {
        self.sandboxID = sandboxID
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__SandboxMetricsRequest
    ) {
        codec.field(&sandboxID, &c.sandbox_id)
    }
}

/// The answer to ``SandboxMetricsRequest``.
package struct SandboxMetricsResponse: CMessage {
    package static let fullName = "containerd.runtime.sandbox.v1.SandboxMetricsResponse"
    static var cInit: CInit<Containerd__Runtime__Sandbox__V1__SandboxMetricsResponse> {
        containerd__runtime__sandbox__v1__sandbox_metrics_response__init
    }

    package var metrics: Metric?

    package init() {}

    package init(metrics: Metric? = nil) {
        self.metrics = metrics
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Sandbox__V1__SandboxMetricsResponse
    ) {
        codec.field(&metrics, &c.metrics)
    }
}

extension Containerd__Runtime__Sandbox__V1__SandboxStatusResponse__InfoEntry: CMapEntry {
    static var cInit: CInit<Self> {
        containerd__runtime__sandbox__v1__sandbox_status_response__info_entry__init
    }
}

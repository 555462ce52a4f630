import CProto

/// What containerd 2.3 and later writes to the standard input of the shim's `start`.
package struct BootstrapParams: CMessage {
    package static let fullName = "containerd.runtime.bootstrap.v1.BootstrapParams"
    static var cInit: CInit<Containerd__Runtime__Bootstrap__V1__BootstrapParams> {
        containerd__runtime__bootstrap__v1__bootstrap_params__init
    }

    /// The container or sandbox.
    package var instanceID = ""
    package var namespace = ""
    package var logLevel = LogLevel.info
    package var containerdVersion = ""
    /// Where events go.
    package var containerdTTRPCAddress = ""
    package var containerdGRPCAddress = ""
    /// For publishing events by a command.
    package var containerdBinary = ""
    /// Among them the runtime's options.
    package var extensions: [BootstrapExtension] = []
    /// Where to put the socket; empty for the usual place.
    package var socketDir = ""

    package init() {}

    package init(
        instanceID: String = "", namespace: String = "", logLevel: LogLevel = .info,
        containerdVersion: String = "", containerdTTRPCAddress: String = "",
        containerdGRPCAddress: String = "", containerdBinary: String = "",
        extensions: [BootstrapExtension] = [], socketDir: String = ""
    ) {
        self.instanceID = instanceID
        self.namespace = namespace
        self.logLevel = logLevel
        self.containerdVersion = containerdVersion
        self.containerdTTRPCAddress = containerdTTRPCAddress
        self.containerdGRPCAddress = containerdGRPCAddress
        self.containerdBinary = containerdBinary
        self.extensions = extensions
        self.socketDir = socketDir
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Bootstrap__V1__BootstrapParams
    ) {
        codec.field(&instanceID, &c.instance_id)
        codec.field(&namespace, &c.namespace_)
        codec.field(&logLevel, &c.log_level)
        codec.field(&containerdVersion, &c.containerd_version)
        codec.field(&containerdTTRPCAddress, &c.containerd_ttrpc_address)
        codec.field(&containerdGRPCAddress, &c.containerd_grpc_address)
        codec.field(&containerdBinary, &c.containerd_binary)
        codec.field(&extensions, &c.n_extensions, &c.extensions)
        codec.field(&socketDir, &c.socket_dir)
    }
}

/// A part of ``BootstrapParams`` that not every shim has to know.
package struct BootstrapExtension: CMessage {
    package static let fullName = "containerd.runtime.bootstrap.v1.Extension"
    static var cInit: CInit<Containerd__Runtime__Bootstrap__V1__Extension> {
        containerd__runtime__bootstrap__v1__extension__init
    }

    package var value: AnyMessage?

    package init() {}

    package init(value: AnyMessage? = nil) {
        self.value = value
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Bootstrap__V1__Extension
    ) {
        codec.field(&value, &c.value)
    }
}

/// What `start` answers to ``BootstrapParams``.
package struct BootstrapResult: CMessage {
    package static let fullName = "containerd.runtime.bootstrap.v1.BootstrapResult"
    static var cInit: CInit<Containerd__Runtime__Bootstrap__V1__BootstrapResult> {
        containerd__runtime__bootstrap__v1__bootstrap_result__init
    }

    /// Of the task service: 2 or 3.
    package var version: Int32 = 0
    package var address = ""
    /// "ttrpc" or "grpc".
    package var `protocol` = ""
    /// Numbers of an enum that has no member yet.
    package var capabilities: [Int32] = []
    package var metadata: [String: String] = [:]

    package init() {}

    package init(
        version: Int32 = 0, address: String = "", `protocol`: String = "", capabilities: [Int32] = [],
        metadata: [String: String] = [:]
    ) {
        self.version = version
        self.address = address
        self.`protocol` = `protocol`
        self.capabilities = capabilities
        self.metadata = metadata
    }

    mutating func transfer(
        _ codec: inout some FieldCodec, _ c: inout Containerd__Runtime__Bootstrap__V1__BootstrapResult
    ) {
        codec.field(&version, &c.version)
        codec.field(&address, &c.address)
        codec.field(&`protocol`, &c.`protocol`)
        codec.field(&capabilities, &c.n_capabilities, &c.capabilities)
        codec.field(&metadata, &c.n_metadata, &c.metadata)
    }
}

extension Containerd__Runtime__Bootstrap__V1__BootstrapResult__MetadataEntry: CMapEntry {
    static var cInit: CInit<Self> {
        containerd__runtime__bootstrap__v1__bootstrap_result__metadata_entry__init
    }
}

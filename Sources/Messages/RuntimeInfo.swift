import CProto

/// The version of a shim or runtime.
package struct RuntimeVersion: CMessage {
    package static let fullName = "containerd.types.RuntimeVersion"
    static var cInit: CInit<Containerd__Types__RuntimeVersion> { containerd__types__runtime_version__init }

    package var version = ""
    package var revision = ""

    package init() {}

    package init(version: String = "", revision: String = "") {
        self.version = version
        self.revision = revision
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Types__RuntimeVersion) {
        codec.field(&version, &c.version)
        codec.field(&revision, &c.revision)
    }
}

/// What a shim tells of itself when containerd starts it with `-info`.
package struct RuntimeInfo: CMessage {
    package static let fullName = "containerd.types.RuntimeInfo"
    static var cInit: CInit<Containerd__Types__RuntimeInfo> { containerd__types__runtime_info__init }

    package var name = ""
    package var version: RuntimeVersion?
    /// The options that came on standard input.
    package var options: AnyMessage?
    /// OCI runtime features, JSON under ``TypeURL/features``.
    package var features: AnyMessage?
    /// Of the shim; unrelated to the annotations in the features.
    package var annotations: [String: String] = [:]

    package init() {}

    package init(
        name: String = "", version: RuntimeVersion? = nil, options: AnyMessage? = nil,
        features: AnyMessage? = nil, annotations: [String: String] = [:]
    ) {
        self.name = name
        self.version = version
        self.options = options
        self.features = features
        self.annotations = annotations
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Types__RuntimeInfo) {
        codec.field(&name, &c.name)
        codec.field(&version, &c.version)
        codec.field(&options, &c.options)
        codec.field(&features, &c.features)
        codec.field(&annotations, &c.n_annotations, &c.annotations)
    }
}

extension Containerd__Types__RuntimeInfo__AnnotationsEntry: CMapEntry {
    static var cInit: CInit<Self> { containerd__types__runtime_info__annotations_entry__init }
}

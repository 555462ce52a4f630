import CProto

/// A value of a type that is named beside it: `google.protobuf.Any`.
///
/// containerd names protobuf types by their bare full name, and JSON documents by a ``TypeURL``.
package struct AnyMessage: CMessage {
    package static let fullName = "google.protobuf.Any"
    static var cInit: CInit<Google__Protobuf__Any> { google__protobuf__any__init }

    /// The type of the value.
    package var typeURL = ""
    /// The encoded message, or JSON.
    package var value: [UInt8] = []

    package init() {}

    package init(typeURL: String = "", value: [UInt8] = []) {
        self.typeURL = typeURL
        self.value = value
    }

    /// Encodes `message` under its full name.
    package init<M: Message>(packing message: M) {
        self.init(typeURL: M.fullName, value: message.encoded())
    }

    /// Whether the value is an `M`, by its type URL, with or without a prefix like "type.googleapis.com/".
    package func holds<M: Message>(_ type: M.Type) -> Bool {
        typeURL == M.fullName || typeURL.hasSuffix("/" + M.fullName)
    }

    /// Decodes the value as an `M`.
    ///
    /// - Throws: ``MessageError`` when it is of another type, or is not what its type URL says.
    package func unpack<M: Message>(as type: M.Type = M.self) throws(MessageError) -> M {
        guard holds(type) else {
            throw MessageError(message: M.fullName, reason: .otherType(url: typeURL))
        }
        return try M(decoding: value)
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Google__Protobuf__Any) {
        codec.field(&typeURL, &c.type_url)
        codec.field(&value, &c.value)
    }
}

/// The type URLs under which containerd puts JSON documents of the OCI runtime specification into an `Any`.
package enum TypeURL {
    private static let prefix = "types.containerd.io/opencontainers/runtime-spec/1/"

    /// A whole config.json.
    package static let spec = prefix + "Spec"
    /// The process of an ``ExecProcessRequest``.
    package static let process = prefix + "Process"
    /// The limits of an ``UpdateTaskRequest``.
    package static let linuxResources = prefix + "LinuxResources"
    /// The features of a ``RuntimeInfo``.
    package static let features = prefix + "features/Features"
}

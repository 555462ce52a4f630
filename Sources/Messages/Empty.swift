import CProto

/// The answer of methods that have nothing to say: `google.protobuf.Empty`.
package struct Empty: CMessage {
    package static let fullName = "google.protobuf.Empty"
    static var cInit: CInit<Google__Protobuf__Empty> { google__protobuf__empty__init }

    package init() {}

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Google__Protobuf__Empty) {}
}

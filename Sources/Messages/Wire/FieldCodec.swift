import CProto

/// One direction of the bridge between a Swift value and its C struct.
///
/// There is one `field` per shape of field, told apart by the types of its arguments; a list of calls to it
/// therefore describes a message for both directions.
protocol FieldCodec {
    typealias Pointer<T> = UnsafeMutablePointer<T>
    typealias CString = UnsafeMutablePointer<CChar>

    mutating func field<T: Numeric>(_ value: inout T, _ c: inout T)
    mutating func field(_ value: inout Bool, _ c: inout protobuf_c_boolean)
    mutating func field<E: WireEnum, K: RawRepresentable>(_ value: inout E, _ c: inout K)
    where K.RawValue: FixedWidthInteger
    mutating func field(_ value: inout String, _ c: inout CString?)
    mutating func field(_ value: inout [UInt8], _ c: inout ProtobufCBinaryData)
    mutating func field<M: CMessage>(_ value: inout M?, _ c: inout Pointer<M.C>?)

    mutating func field(_ value: inout [UInt64], _ count: inout Int, _ c: inout Pointer<UInt64>?)
    mutating func field<K: RawRepresentable>(
        _ value: inout [Int32], _ count: inout Int, _ c: inout Pointer<K>?)
    where K.RawValue: FixedWidthInteger
    mutating func field(_ value: inout [String], _ count: inout Int, _ c: inout Pointer<CString?>?)
    mutating func field<M: CMessage>(
        _ value: inout [M], _ count: inout Int, _ c: inout Pointer<Pointer<M.C>?>?)
    mutating func field<E: CMapEntry>(
        _ value: inout [String: String], _ count: inout Int, _ c: inout Pointer<Pointer<E>?>?)
}

/// A Swift type for a protobuf enum; proto3 enums are open, so any number may arrive.
protocol WireEnum {
    init(wireValue: Int32)
    var wireValue: Int32 { get }
}

/// The C struct that protobuf-c generates for the entries of a `map<string, string>`.
///
/// C pointers are imported as implicitly unwrapped, and only such a requirement is met by them.
protocol CMapEntry {
    static var cInit: CInit<Self> { get }
    // swift-format-ignore: NeverUseImplicitlyUnwrappedOptionals
    var key: UnsafeMutablePointer<CChar>! { get set }
    // swift-format-ignore: NeverUseImplicitlyUnwrappedOptionals
    var value: UnsafeMutablePointer<CChar>! { get set }
}

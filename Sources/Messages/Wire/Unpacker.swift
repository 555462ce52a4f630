import CProto

/// Copies C structs that protobuf-c has unpacked into Swift values.
///
/// The first field that has no Swift value is kept in ``failure``; the walk goes on, its result is void.
struct Unpacker: FieldCodec {
    let arena: Arena

    /// What is wrong with the first bad field.
    private(set) var failure: MessageError?

    /// The message being walked and the index of its next field, to name a bad one by its descriptor.
    private var current: (any CMessage.Type)?
    private var index = 0

    init(arena: Arena) {
        self.arena = arena
    }

    /// Fills `message` from its C form.
    mutating func take<M: CMessage>(_ message: inout M, from c: UnsafeMutablePointer<M.C>) {
        let outer = (current, index)
        (current, index) = (M.self, 0)
        message.transfer(&self, &c.pointee)
        (current, index) = outer
    }

    mutating func field<T: Numeric>(_ value: inout T, _ c: inout T) {
        index += 1
        value = c
    }

    mutating func field(_ value: inout Bool, _ c: inout protobuf_c_boolean) {
        index += 1
        value = c != 0
    }

    mutating func field<E: WireEnum, K: RawRepresentable>(_ value: inout E, _ c: inout K)
    where K.RawValue: FixedWidthInteger {
        index += 1
        value = E(wireValue: Int32(truncatingIfNeeded: c.rawValue))
    }

    mutating func field(_ value: inout String, _ c: inout CString?) {
        value = text(c)
        index += 1
    }

    mutating func field(_ value: inout [UInt8], _ c: inout ProtobufCBinaryData) {
        index += 1
        value = Array(UnsafeBufferPointer(start: c.data, count: c.data == nil ? 0 : c.len))
    }

    mutating func field<M: CMessage>(_ value: inout M?, _ c: inout Pointer<M.C>?) {
        value = c.map { message($0) }
        index += 1
    }

    mutating func field(_ value: inout [UInt64], _ count: inout Int, _ c: inout Pointer<UInt64>?) {
        index += 1
        value = Array(UnsafeBufferPointer(start: c, count: c == nil ? 0 : count))
    }

    mutating func field<K: RawRepresentable>(
        _ value: inout [Int32], _ count: inout Int, _ c: inout Pointer<K>?
    ) where K.RawValue: FixedWidthInteger {
        index += 1
        value = UnsafeBufferPointer(start: c, count: c == nil ? 0 : count)
            .map { Int32(truncatingIfNeeded: $0.rawValue) }
    }

    mutating func field(_ value: inout [String], _ count: inout Int, _ c: inout Pointer<CString?>?) {
        value = UnsafeBufferPointer(start: c, count: c == nil ? 0 : count).map { text($0) }
        index += 1
    }

    mutating func field<M: CMessage>(
        _ value: inout [M], _ count: inout Int, _ c: inout Pointer<Pointer<M.C>?>?
    ) {
        value = UnsafeBufferPointer(start: c, count: c == nil ? 0 : count)
            .compactMap { $0.map { message($0) } }
        index += 1
    }

    mutating func field<E: CMapEntry>(
        _ value: inout [String: String], _ count: inout Int, _ c: inout Pointer<Pointer<E>?>?
    ) {
        value = [:]
        for case let entry? in UnsafeBufferPointer(start: c, count: c == nil ? 0 : count) {
            // The last entry of a key wins, as protobuf has it.
            value[text(entry.pointee.key)] = text(entry.pointee.value)
        }
        index += 1
    }

    private mutating func message<M: CMessage>(_ c: UnsafeMutablePointer<M.C>) -> M {
        var message = M()
        take(&message, from: c)
        return message
    }

    private mutating func text(_ c: UnsafeMutablePointer<CChar>?) -> String {
        // An absent field points to the library's empty string, which has no size before it.
        guard let c, UnsafePointer(c) != cproto_empty_string() else {
            return ""
        }
        let count = Arena.size(of: c) - 1
        let utf8 = UnsafeRawBufferPointer(start: c, count: count)
        guard !utf8.contains(0) else {
            fail { .containsNUL(field: $0) }
            return ""
        }
        guard let text = String(validating: utf8, as: UTF8.self) else {
            fail { .notUTF8(field: $0) }
            return ""
        }
        return text
    }

    private mutating func fail(_ reason: (String) -> MessageError.Reason) {
        if failure == nil {
            failure = current?.failure(at: index, reason)
        }
    }
}

extension CMessage {
    /// The error for the field at `index`, counted in the order of the field numbers.
    fileprivate static func failure(
        at index: Int, _ reason: (String) -> MessageError.Reason
    ) -> MessageError {
        let name = withDescriptor { descriptor in
            index < Int(descriptor.n_fields) ? String(cString: descriptor.fields[index].name) : nil
        }
        return MessageError(message: fullName, reason: reason((name ?? nil) ?? "#\(index)"))
    }
}

import CProto

/// Copies Swift values into C structs, for protobuf-c to pack.
///
/// Empty fields keep what the generated init function gave them, so that they take no memory here and no byte
/// on the wire.
struct Packer: FieldCodec {
    let arena: Arena

    /// Returns the C form of `message`, children included; it lives as long as the arena.
    func place<M: CMessage>(_ message: M) -> UnsafeMutablePointer<M.C>? {
        guard let c = arena.allocate(M.C.self, count: 1) else {
            return nil
        }
        M.cInit(c)
        // The list of fields serves both directions and takes them inout; this copy shares all storage.
        var message = message
        var packer = self
        message.transfer(&packer, &c.pointee)
        return c
    }

    /// The wire format of a message that ``place(_:)`` made.
    func packed<C>(_ c: UnsafeMutablePointer<C>) -> [UInt8] {
        let message = UnsafeRawPointer(c).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = protobuf_c_message_get_packed_size(message)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = protobuf_c_message_pack(message, buffer.baseAddress)
        }
    }

    mutating func field<T: Numeric>(_ value: inout T, _ c: inout T) {
        c = value
    }

    mutating func field(_ value: inout Bool, _ c: inout protobuf_c_boolean) {
        c = value ? 1 : 0
    }

    mutating func field<E: WireEnum, K: RawRepresentable>(_ value: inout E, _ c: inout K)
    where K.RawValue: FixedWidthInteger {
        if let wire = K(rawValue: K.RawValue(truncatingIfNeeded: value.wireValue)) {
            c = wire
        }
    }

    mutating func field(_ value: inout String, _ c: inout CString?) {
        if !value.isEmpty {
            c = text(value)
        }
    }

    mutating func field(_ value: inout [UInt8], _ c: inout ProtobufCBinaryData) {
        if !value.isEmpty {
            c = ProtobufCBinaryData(len: value.count, data: copy(value))
        }
    }

    mutating func field<M: CMessage>(_ value: inout M?, _ c: inout Pointer<M.C>?) {
        if let value {
            c = place(value)
        }
    }

    mutating func field(_ value: inout [UInt64], _ count: inout Int, _ c: inout Pointer<UInt64>?) {
        (count, c) = (value.count, copy(value))
    }

    mutating func field<K: RawRepresentable>(
        _ value: inout [Int32], _ count: inout Int, _ c: inout Pointer<K>?
    ) where K.RawValue: FixedWidthInteger {
        let wire = value.compactMap { K(rawValue: K.RawValue(truncatingIfNeeded: $0)) }
        (count, c) = (wire.count, copy(wire))
    }

    mutating func field(_ value: inout [String], _ count: inout Int, _ c: inout Pointer<CString?>?) {
        (count, c) = (value.count, array(value) { text($0) })
    }

    mutating func field<M: CMessage>(
        _ value: inout [M], _ count: inout Int, _ c: inout Pointer<Pointer<M.C>?>?
    ) {
        (count, c) = (value.count, array(value) { place($0) })
    }

    mutating func field<E: CMapEntry>(
        _ value: inout [String: String], _ count: inout Int, _ c: inout Pointer<Pointer<E>?>?
    ) {
        // Sorted, so that equal values have equal bytes.
        let entries = value.sorted { $0.key < $1.key }
        (count, c) = (
            entries.count,
            array(entries) { entry in
                guard let pair = arena.allocate(E.self, count: 1) else { return nil }
                E.cInit(pair)
                pair.pointee.key = text(entry.key)
                pair.pointee.value = text(entry.value)
                return pair
            }
        )
    }

    private func text(_ value: String) -> CString? {
        var value = value
        return value.withUTF8 { utf8 in
            guard let copy = arena.allocate(CChar.self, count: utf8.count + 1) else { return nil }
            UnsafeMutableRawBufferPointer(start: copy, count: utf8.count)
                .copyMemory(from: UnsafeRawBufferPointer(utf8))
            copy[utf8.count] = 0
            return copy
        }
    }

    private func copy<T>(_ values: [T]) -> Pointer<T>? {
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress, !source.isEmpty,
                let elements = arena.allocate(T.self, count: source.count)
            else {
                return nil
            }
            elements.initialize(from: start, count: source.count)
            return elements
        }
    }

    private func array<T, E>(_ values: [T], _ convert: (T) -> E) -> Pointer<E>? {
        guard !values.isEmpty, let elements = arena.allocate(E.self, count: values.count) else {
            return nil
        }
        for (index, value) in values.enumerated() {
            (elements + index).initialize(to: convert(value))
        }
        return elements
    }
}

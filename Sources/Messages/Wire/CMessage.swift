import CProto

/// A message whose wire format protobuf-c knows under the C struct `C`.
///
/// A conformance names the C struct once, in ``cInit``, and lists its fields once, in ``transfer(_:_:)``;
/// packing and unpacking both come from that list.
protocol CMessage: Message {
    associatedtype C

    init()

    /// The generated function that sets a C struct to the empty message.
    static var cInit: CInit<C> { get }

    /// Calls `codec.field` for every field, in the order of the field numbers.
    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout C)
}

typealias CInit<C> = (UnsafeMutablePointer<C>?) -> Void

extension CMessage {
    package init(decoding bytes: [UInt8]) throws(MessageError) {
        self.init()
        let arena = Arena(limit: .unpacking(byteCount: bytes.count))
        guard let c = arena.unpack(Self.self, from: bytes) else {
            let count = bytes.count
            throw MessageError(
                message: Self.fullName,
                reason: arena.isExhausted ? .tooLarge(byteCount: count) : .malformed(byteCount: count))
        }
        var unpacker = Unpacker(arena: arena)
        unpacker.take(&self, from: c)
        if let failure = unpacker.failure {
            throw failure
        }
    }

    package func encoded() -> [UInt8] {
        let packer = Packer(arena: Arena(limit: .none))
        guard let c = packer.place(self) else {
            return []
        }
        return packer.packed(c)
    }

    /// Gives `body` the generated description of this message: its name and those of its fields.
    static func withDescriptor<R>(_ body: (ProtobufCMessageDescriptor) -> R) -> R? {
        withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { memory in
            guard let c = memory.baseAddress else { return nil }
            cInit(c)
            return UnsafeRawPointer(c).assumingMemoryBound(to: ProtobufCMessage.self)
                .pointee.descriptor.map { body($0.pointee) }
        }
    }
}

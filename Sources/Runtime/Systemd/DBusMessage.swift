/// A message of the D-Bus protocol: the D-Bus Specification, "Message Format".
///
/// Ours are written in little-endian; those of others are read in either.
package struct DBusMessage: Sendable, Equatable {
    /// What a message is.
    package enum Kind: UInt8, Sendable {
        case call = 1
        case answer = 2
        case failure = 3
        case signal = 4
    }

    /// The bound on a whole message, in bytes; what systemd says of a unit is far below.
    package static let limit = 1 << 20
    /// What says how long a message is, in bytes.
    static let headLength = 16

    /// What it is; nil for kinds to come, which are to be passed over.
    package var kind: Kind?
    /// The sender's number for it; never zero.
    package var serial: UInt32
    /// The number of the call that it answers.
    package var replySerial: UInt32?
    /// The object that is called, or signals.
    package var path: String?
    /// The interface of the member.
    package var interface: String?
    /// The name of a method or of a signal.
    package var member: String?
    /// What a failure is called.
    package var errorName: String?
    /// Whom it is for.
    package var destination: String?
    /// Who sent it; a bus writes it, and nobody can forge it there.
    package var sender: String?
    /// The types of what is in the body.
    package var signature = ""
    /// Laid out from an offset that is a multiple of 8.
    package var body: [UInt8] = []
    /// Whether numbers of the body have their highest byte first.
    package var isBigEndian = false

    /// A message that is to be sent.
    package init(_ kind: Kind, serial: UInt32) {
        self.kind = kind
        self.serial = serial
    }

    /// A reader of the body.
    package var reader: DBusReader { DBusReader(body, isBigEndian: isBigEndian) }
}

// MARK: - Writing

extension DBusMessage {
    /// The message in the form of the wire.
    package func encoded() -> [UInt8] {
        var writer = DBusWriter()
        writer.byte(UInt8(ascii: "l"))
        writer.byte(kind?.rawValue ?? 0)
        writer.byte(0)
        writer.byte(1)
        writer.uint32(UInt32(body.count))
        writer.uint32(serial)
        writer.array(alignment: 8) { fields in
            func add(_ field: Field, _ value: DBusValue?) {
                guard let value else { return }
                fields.align(to: 8)
                fields.byte(field.rawValue)
                fields.variant(value)
            }
            add(.path, path.map(DBusValue.objectPath))
            add(.member, member.map(DBusValue.string))
            add(.interface, interface.map(DBusValue.string))
            add(.errorName, errorName.map(DBusValue.string))
            add(.replySerial, replySerial.map(DBusValue.uint32))
            add(.destination, destination.map(DBusValue.string))
            add(.sender, sender.map(DBusValue.string))
            add(.signature, signature.isEmpty ? nil : .signature(signature))
        }
        writer.align(to: 8)
        return writer.bytes + body
    }
}

// MARK: - Reading

extension DBusMessage {
    private enum Field: UInt8 {
        case path = 1
        case interface = 2
        case member = 3
        case errorName = 4
        case replySerial = 5
        case destination = 6
        case sender = 7
        case signature = 8
    }

    /// The whole length of the message that begins with these bytes.
    ///
    /// - Parameter head: At least `headLength` bytes.
    /// - Throws: `DBusError` for what is no message, or is above `limit`.
    static func length(_ head: [UInt8]) throws(DBusError) -> Int {
        var reader = try DBusReader(message: head)
        try reader.skip(3)
        let body = Int(try reader.uint32())
        try reader.skip(4)
        let fields = Int(try reader.uint32())
        guard body <= limit, fields <= limit else { throw DBusError("a message of more than \(limit) bytes") }
        let length = (headLength + fields + 7) / 8 * 8 + body
        guard length <= limit else { throw DBusError("a message of more than \(limit) bytes") }
        return length
    }

    /// Reads one whole message.
    ///
    /// - Throws: `DBusError` for anything else.
    package init(parsing bytes: [UInt8]) throws(DBusError) {
        guard bytes.count >= Self.headLength, try Self.length(bytes) == bytes.count else {
            throw DBusError("a message of another length than it says")
        }
        var reader = try DBusReader(message: bytes)
        let kind = try reader.byte()
        _ = try reader.byte()
        guard try reader.byte() == 1, kind != 0 else { throw DBusError("another version of the protocol") }
        let length = Int(try reader.uint32())
        self.kind = Kind(rawValue: kind)
        serial = try reader.uint32()
        guard serial != 0 else { throw DBusError("a message without a number") }
        let end = Int(try reader.uint32()) + Self.headLength
        while reader.offset < end {
            try reader.align(to: 8)
            try take(reader.byte(), reader.variant())
        }
        guard reader.offset == end else { throw DBusError("header fields beyond their end") }
        isBigEndian = reader.isBigEndian
        body = Array(bytes[(bytes.count - length)...])
    }

    private mutating func take(_ code: UInt8, _ value: DBusValue) throws(DBusError) {
        switch (Field(rawValue: code), value) {
        case (.path, .objectPath(let text)): path = text
        case (.interface, .string(let text)): interface = text
        case (.member, .string(let text)): member = text
        case (.errorName, .string(let text)): errorName = text
        case (.replySerial, .uint32(let number)): replySerial = number
        case (.destination, .string(let text)): destination = text
        case (.sender, .string(let text)): sender = text
        case (.signature, .signature(let text)): signature = text
        case (nil, _): break
        default: throw DBusError("header field \(code) of another type")
        }
    }
}

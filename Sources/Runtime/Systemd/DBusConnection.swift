import Sys

/// A connection to systemd or to the system's bus, for one exchange after the other.
///
/// All waits end when the task is cancelled. Whoever made it closes it.
struct DBusConnection {
    /// How many signals may come before an answer.
    private static let signalLimit = 4096
    /// The bound on a line of the handshake, in bytes.
    private static let lineLimit = 4096

    private let socket: AsyncFD
    private var received: [UInt8] = []
    private var serial: UInt32 = 0
    /// Those that came while an answer was awaited.
    private var signals: [DBusMessage] = []

    /// Connects, and says who we are, which the peer asks the kernel: "Authentication Protocol", EXTERNAL.
    init(_ address: UnixAddress) async throws {
        socket = try AsyncFD(try UnixSocket.connect(address))
        do {
            let user = "\(Kernel.effectiveUID)".utf8.map { String($0, radix: 16) }.joined()
            // The end of the handshake comes with its beginning, as libsystemd has it: what systemd reads together
            // with the end, such as a call right behind it, it does not look at until something else comes.
            try await send(Array("\0AUTH EXTERNAL \(user)\r\nBEGIN\r\n".utf8))
            let line = try await line()
            guard line.hasPrefix("OK ") else {
                throw SystemdError.refused(method: "AUTH EXTERNAL", name: "", reason: line)
            }
        } catch {
            socket.close()
            throw error
        }
    }

    func close() { socket.close() }

    /// Calls a method and waits for its answer.
    ///
    /// - Throws: `SystemdError.refused` for an answer that is an error.
    mutating func call(
        _ method: DBusMethod, signature: String = "", _ body: (inout DBusWriter) -> Void = { _ in }
    ) async throws -> DBusMessage {
        serial += 1
        var message = DBusMessage(.call, serial: serial)
        message.destination = method.destination
        message.path = method.path
        message.interface = method.interface
        message.member = method.member
        message.signature = signature
        var writer = DBusWriter()
        body(&writer)
        message.body = writer.bytes
        try await send(message.encoded())
        while true {
            let answer = try await next()
            switch answer.kind {
            case .answer where answer.replySerial == serial: return answer
            case .failure where answer.replySerial == serial:
                var reader = answer.reader
                let reason = answer.signature.hasPrefix("s") ? try reader.string() : ""
                throw SystemdError.refused(
                    method: method.member, name: answer.errorName ?? "", reason: reason)
            case .signal:
                guard signals.count < Self.signalLimit else { throw DBusError("signals without an answer") }
                signals.append(answer)
            default: break
            }
        }
    }

    /// The next signal, in the order in which they were sent.
    mutating func signal() async throws -> DBusMessage {
        if !signals.isEmpty { return signals.removeFirst() }
        while true {
            let message = try await next()
            if message.kind == .signal { return message }
        }
    }

    // MARK: - Bytes

    private func send(_ bytes: [UInt8]) async throws(SysError) {
        try await socket.send(bytes, descriptors: [])
    }

    private mutating func next() async throws -> DBusMessage {
        try await fill(DBusMessage.headLength)
        let length = try DBusMessage.length(received)
        try await fill(length)
        defer { received.removeFirst(length) }
        return try DBusMessage(parsing: Array(received.prefix(length)))
    }

    private mutating func fill(_ count: Int) async throws {
        while received.count < count { try await receive() }
    }

    private mutating func line() async throws -> String {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeFirst(end + 1) }
                return String(decoding: received[..<end].filter { $0 >= 32 }, as: UTF8.self)
            }
            guard received.count < Self.lineLimit else { throw DBusError("a line without an end") }
            try await receive()
        }
    }

    private mutating func receive() async throws {
        let bytes = try await socket.read(upTo: 16 << 10)
        guard !bytes.isEmpty else { throw DBusError("the connection was ended") }
        received += bytes
    }
}

/// A method of an object on a bus.
struct DBusMethod: Sendable {
    let destination: String
    let path: String
    let interface: String
    let member: String

    /// A method of systemd's manager: org.freedesktop.systemd1(5).
    static func manager(_ member: String) -> DBusMethod {
        DBusMethod(
            destination: "org.freedesktop.systemd1", path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager", member: member)
    }

    /// A method of the bus itself.
    static func bus(_ member: String) -> DBusMethod {
        DBusMethod(
            destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus", member: member)
    }
}

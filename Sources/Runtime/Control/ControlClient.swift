package import OCI
package import Sys

/// Why a call to the Sentry had no result.
package enum ControlError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The Sentry's control socket cannot be reached: the sandbox is gone, or its path is.
    case unreachable(method: String, SysError)
    /// The Sentry ended the connection before its answer: it died, or refused us.
    case closed(method: String)
    /// The Sentry's own error.
    case refused(method: String, reason: String)
    /// What came back is no answer.
    case malformed(method: String, reason: String)

    package var description: String {
        switch self {
        case .unreachable(let method, let error): "\(method): sandbox is not reachable: \(error)"
        case .closed(let method): "\(method): sandbox ended the connection"
        case .refused(let method, let reason): "\(method): \(reason)"
        case .malformed(let method, let reason): "\(method): malformed answer of the sandbox: \(reason)"
        }
    }

    /// Whether no Sentry is there to answer.
    package var isGone: Bool {
        switch self {
        case .unreachable(_, let error): [.noEntry, .connectionRefused].contains(error.code)
        case .closed: true
        case .refused, .malformed: false
        }
    }
}

/// A client of one Sentry's control socket (urpc).
///
/// A request is one JSON object without framing, its descriptors sent with the first byte; the answer is one
/// JSON object. The Sentry serves the requests of a connection in turn and some of them wait for ever, so every
/// call has a connection of its own, and ending it is how a call is given up.
package struct ControlClient: Sendable {
    /// The Sentry drops messages with more.
    package static let descriptorLimit = 128
    /// The bound on most answers, in bytes.
    private static let answerLimit = 1 << 20
    /// A process list of a hundred thousand processes is below it, and the stacks of all goroutines.
    package static let longAnswerLimit = 16 << 20

    /// Tried in turn: the release that puts a NUL at the end of an abstract name depends on its build.
    package let addresses: [UnixAddress]

    /// A client for a socket at the first of these addresses that answers.
    package init(addresses: [UnixAddress]) { self.addresses = addresses }

    /// Calls a method.
    ///
    /// - Parameters:
    ///   - limit: the bound on the answer, in bytes.
    ///   - deadline: the bound on the whole call; `nil` only for the methods that wait for a process, which the
    ///     end of the sandbox ends.
    /// - Returns: the result, `null` or an empty object where there is none.
    /// - Throws: `ControlError`, `DeadlineExceeded`, `CancellationError`.
    @discardableResult
    package func call(
        _ method: String, _ argument: JSONValue = .null, descriptors: [OwnedFD] = [],
        limit: Int = Self.answerLimit, deadline: Duration?
    ) async throws -> JSONValue {
        try await Trace.awaiting(method) {
            guard let deadline else { return try await exchange(method, argument, descriptors, limit) }
            return try await withDeadline(deadline, method) {
                try await exchange(method, argument, descriptors, limit)
            }
        }
    }

    private func exchange(
        _ method: String, _ argument: JSONValue, _ descriptors: [OwnedFD], _ limit: Int
    ) async throws -> JSONValue {
        guard descriptors.count <= Self.descriptorLimit else {
            throw ControlError.refused(
                method: method,
                reason: "\(descriptors.count) descriptors, the sandbox accepts \(Self.descriptorLimit)")
        }
        let request: JSONValue = ["method": .string(method), "arg": argument]
        let bytes = try request.serialised()
        let connection = try await connect(method)
        defer { connection.close() }
        let answer: [UInt8]
        do {
            try await connection.send(bytes, descriptors: descriptors)
            answer = try await receive(method, connection, limit)
        } catch let error as SysError {
            try Task.checkCancellation()
            // EPIPE and ECONNRESET say no more than an end of file does.
            if error.code == .brokenPipe || error.code == .connectionReset {
                throw ControlError.closed(method: method)
            }
            throw error
        }
        return try Self.result(method, answer)
    }

    private func connect(_ method: String) async throws -> AsyncFD {
        while true {
            var failure = SysError("connect", "", .noEntry)
            for address in addresses {
                do throws(SysError) {
                    return try AsyncFD(try UnixSocket.connect(address))
                } catch {
                    failure = error
                }
            }
            guard failure.code == .again else {
                throw ControlError.unreachable(method: method, failure)
            }
            // The backlog is full. The kernel has no event for room in it.
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func receive(_ method: String, _ connection: AsyncFD, _ limit: Int) async throws -> [UInt8] {
        var answer: [UInt8] = []
        var end = JSONObjectEnd()
        while true {
            let bytes = try await connection.read(upTo: 16 << 10)
            if bytes.isEmpty { throw ControlError.closed(method: method) }
            answer += bytes
            if answer.count > limit {
                throw ControlError.malformed(method: method, reason: "longer than \(limit) bytes")
            }
            if end.passed(bytes) { return answer }
        }
    }

    /// What an answer says.
    static func result(_ method: String, _ answer: [UInt8]) throws -> JSONValue {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue.parse(
                answer, limits: JSONLimits(maximumBytes: Self.longAnswerLimit, maximumDepth: 64))
        } catch {
            throw ControlError.malformed(method: method, reason: "\(error)")
        }
        guard let success = value["success"]?.bool else {
            throw ControlError.malformed(method: method, reason: "no member \"success\"")
        }
        if success { return value["result"] ?? .null }
        throw ControlError.refused(method: method, reason: value["err"]?.string ?? "unknown error")
    }
}

/// Finds the end of a JSON object in bytes that arrive piece by piece.
struct JSONObjectEnd {
    private var depth = 0
    private var inString = false
    private var escaped = false

    /// Takes the next bytes, and tells whether the object has ended in them.
    mutating func passed(_ bytes: [UInt8]) -> Bool {
        for byte in bytes {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth <= 0 { return true }
            default: break
            }
        }
        return false
    }
}

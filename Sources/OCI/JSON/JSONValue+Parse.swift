internal import CJSON

/// What a document may cost.
package struct JSONLimits: Sendable, Equatable {
    /// The greatest length in bytes.
    package var maximumBytes: Int
    /// The greatest number of arrays and objects inside one another.
    package var maximumDepth: Int

    /// Limits of the caller's choice.
    package init(maximumBytes: Int, maximumDepth: Int) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
    }

    /// For a config.json: 4 MiB, 64 levels (a real one has some tens of kilobytes and 6 levels; the arguments and
    /// environment of a process may have 2 MiB).
    package static let config = JSONLimits(maximumBytes: 4 << 20, maximumDepth: 64)
}

extension JSONValue {
    /// Reads a document.
    ///
    /// Of several members of one name the last counts, as in Go.
    ///
    /// - Parameters:
    ///   - bytes: The whole document, UTF-8; white space around it is accepted, anything else is not.
    ///   - limits: Of the length before anything is read, of the depth while it is.
    /// - Returns: The document's value.
    /// - Throws: `JSONError` for a document beyond the limits or one that is no JSON.
    package static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .config
    ) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.maximumBytes else {
            throw .tooLarge(bytes: bytes.count, limit: limits.maximumBytes)
        }
        let document = bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                cjson_parse(text.baseAddress, text.count, limits.maximumDepth)
            }
        }
        guard let document else { throw .malformed(reason: "not enough memory to read it") }
        defer { cjson_free(document) }
        var offset = 0
        if let reason = cjson_error(document, &offset) {
            if cjson_is_too_deep(document) { throw .tooDeep(limit: limits.maximumDepth) }
            throw .malformed(reason: "byte \(offset): \(String(cString: reason))")
        }
        guard var next = cjson_values(document) else { throw .malformed(reason: "no value") }
        return JSONValue(&next)
    }

    /// Takes a value and all that is in it, and leaves `next` behind them.
    ///
    /// Recursive no deeper than the limit of the document that was read.
    private init(_ next: inout UnsafePointer<cjson_value>) {
        let value = next.pointee
        next += 1
        switch value.kind {
        case .null: self = .null
        case .boolean: self = .bool(value.boolean)
        case .integer: self = .int(value.integer)
        case .unsigned: self = .uint(value.unsigned_integer)
        case .double: self = .double(value.number)
        case .string: self = .string(Self.text(value))
        case .array:
            var elements: [JSONValue] = []
            elements.reserveCapacity(value.count)
            for _ in 0..<value.count { elements.append(JSONValue(&next)) }
            self = .array(elements)
        case .object:
            var members: [String: JSONValue] = Dictionary(minimumCapacity: value.count)
            for _ in 0..<value.count {
                let name = Self.text(next.pointee)
                next += 1
                members[name] = JSONValue(&next)
            }
            self = .object(members)
        }
    }

    private static func text(_ value: cjson_value) -> String {
        guard let start = value.text else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: value.count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: value.count), as: UTF8.self)
        }
    }
}

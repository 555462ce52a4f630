import FoundationEssentials

/// What a document may cost before anything is decoded.
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

    /// Checks bytes against the limits in one pass, without decoding.
    ///
    /// - Parameter bytes: The document as received.
    /// - Throws: `tooLarge` or `tooDeep`.
    package func check(_ bytes: [UInt8]) throws(JSONError) {
        guard bytes.count <= maximumBytes else {
            throw .tooLarge(bytes: bytes.count, limit: maximumBytes)
        }
        guard !exceedsDepth(bytes) else { throw .tooDeep(limit: maximumDepth) }
    }

    /// Counts brackets outside strings; on malformed input the count may be off, which the decoder finds.
    private func exceedsDepth(_ bytes: [UInt8]) -> Bool {
        var depth = 0
        var inString = false
        var escaped = false
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
            case UInt8(ascii: "\""):
                inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > maximumDepth { return true }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
            default:
                break
            }
        }
        return false
    }
}

extension JSONValue {
    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: The whole document, UTF-8; white space around it is accepted, anything else is not.
    ///   - limits: Checked before decoding, so that a hostile file costs one pass over its bytes at most.
    /// - Returns: The document's value.
    /// - Throws: `JSONError` for a document beyond the limits or one that is no JSON.
    package static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .config
    ) throws(JSONError) -> JSONValue {
        try limits.check(bytes)
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch DecodingError.dataCorrupted(let context) {
            let cause = context.underlyingError.map { String(describing: $0) }
            throw .malformed(reason: cause ?? context.debugDescription)
        } catch {
            throw .malformed(reason: String(describing: error))
        }
    }

    /// Writes the document, compact, with slashes as they are.
    ///
    /// - Parameter sortedKeys: Whether members are in the order of their names, for files that people and
    ///   tests compare; costs a sort of every object.
    /// - Returns: The bytes, UTF-8.
    /// - Throws: `notRepresentable` for a number that is not finite.
    package func serialised(sortedKeys: Bool = false) throws(JSONError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            sortedKeys ? [.withoutEscapingSlashes, .sortedKeys] : [.withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(self))
        } catch {
            throw .notRepresentable(reason: String(describing: error))
        }
    }
}

/// Why bytes are not a JSON document that the shim accepts, or a value cannot be written as one.
package enum JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The document is longer than the limit; nothing of it was decoded.
    case tooLarge(bytes: Int, limit: Int)
    /// Arrays and objects are nested deeper than the limit; nothing was decoded.
    case tooDeep(limit: Int)
    /// The bytes are no JSON; the reason is the decoder's.
    case malformed(reason: String)
    /// The value has no JSON form (a number that is not finite).
    case notRepresentable(reason: String)

    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "json document of \(bytes) bytes exceeds the limit of \(limit) bytes"
        case .tooDeep(let limit): "json document is nested deeper than \(limit) levels"
        case .malformed(let reason): "malformed json: \(reason)"
        case .notRepresentable(let reason): "value cannot be written as json: \(reason)"
        }
    }
}

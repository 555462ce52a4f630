/// What is wrong with an OCI document: where, and what was expected.
package enum SpecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The document as a whole cannot be read or written.
    case json(document: String, JSONError)
    /// A field has the wrong kind; `path` is "document: field.field[index]".
    case wrongType(path: String, expected: String)
    /// A field has the right kind and a value that cannot work.
    case invalid(path: String, reason: String)
    /// The document asks for something that gVisor does not have.
    case unsupported(String)

    package var description: String {
        switch self {
        case .json(let document, let error): "\(document): \(error)"
        case .wrongType(let path, let expected): "\(path): expected \(expected)"
        case .invalid(let path, let reason): "\(path): \(reason)"
        case .unsupported(let what): what
        }
    }
}

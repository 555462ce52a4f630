package import Runtime
internal import Sys

/// Why a process could not be given what was asked for it.
package struct ProcessError: Error, Sendable, CustomStringConvertible {
    package typealias Kind = RuntimeError.Kind

    package let kind: Kind
    /// Lower case but for the prefix "OCI runtime …" that clients look for; names the object; no full stop.
    package let message: String
    package let cause: (any Error)?

    package init(_ kind: Kind, _ message: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
    }

    /// Says what could not be done, and keeps the kind of the cause.
    package init(_ message: String, cause: any Error) {
        let kind: Kind =
            switch cause {
            case let error as RuntimeError: error.kind
            case let error as ProcessError: error.kind
            default: .failed
            }
        self.init(kind, message, cause: cause)
    }

    package var description: String { cause.map { "\(message): \($0)" } ?? message }
}

/// Why the runtime could not do what it was asked.
package struct RuntimeError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure, as far as a caller can act on it.
    package enum Kind: Sendable, Equatable {
        /// The caller's input is at fault.
        case invalid
        /// The container or process is not there, or is no more.
        case notFound
        /// It is there already.
        case alreadyExists
        /// Its state does not allow it.
        case failedPrecondition
        /// The installed runsc cannot do it.
        case unsupported
        /// The sandbox did not answer, or the host refused.
        case failed
    }

    /// What a caller goes by.
    package let kind: Kind
    /// Lower case, names the object, no full stop.
    package let message: String
    /// What went wrong below, if that is known.
    package let cause: (any Error)?

    /// A failure in the words of its object.
    package init(_ kind: Kind, _ message: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
    }

    package var description: String { cause.map { "\(message): \($0)" } ?? message }
}

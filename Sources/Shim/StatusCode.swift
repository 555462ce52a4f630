internal import Messages
internal import OCI
internal import Proc
internal import Runtime
internal import Sys
package import TTRPC

extension Status {
    /// The status that containerd gets for an error: the one place where errors become codes.
    ///
    /// containerd turns the codes into its own error classes again, and its clients act on them: `notFound` ends
    /// a clean-up, `alreadyExists` a retry. Whatever has no class of its own is `unknown`, with its text.
    package init(mapping error: any Error) {
        switch error {
        case let error as ProcessError:
            self.init(Self.code(error.kind, error.cause), error.description)
        case let error as RuntimeError:
            self.init(Self.code(error.kind, error.cause), error.description)
        case let error as IllegalTransition:
            self.init(.failedPrecondition, error.description)
        case let error as SpecError:
            self.init(.invalidArgument, error.description)
        case let error as MessageError:
            self.init(.invalidArgument, error.description)
        case let error as ContainerID.Invalid:
            self.init(.invalidArgument, error.description)
        case let error as ConfigurationError:
            if case .noBinary = error {
                self.init(.notFound, error.description)
            } else {
                self.init(.invalidArgument, error.description)
            }
        default:
            self.init(error)
        }
    }

    private static func code(_ kind: RuntimeError.Kind, _ cause: (any Error)?) -> Code {
        switch kind {
        case .invalid: return .invalidArgument
        case .notFound: return .notFound
        case .alreadyExists: return .alreadyExists
        case .failedPrecondition: return .failedPrecondition
        case .unsupported: return .unimplemented
        case .failed: break
        }
        guard let cause else { return .unknown }
        return Status(mapping: cause).code
    }
}

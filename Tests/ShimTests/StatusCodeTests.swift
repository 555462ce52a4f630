import OCI
import Proc
import Runtime
import Shim
import Sys
import TTRPC
import Testing

@Suite("Errors as status codes")
struct StatusCodeTests {
    @Test(
        "each kind has its code",
        arguments: [
            (RuntimeError.Kind.invalid, Status.Code.invalidArgument), (.notFound, .notFound),
            (.alreadyExists, .alreadyExists), (.failedPrecondition, .failedPrecondition),
            (.unsupported, .unimplemented), (.failed, .unknown),
        ])
    func kinds(kind: RuntimeError.Kind, code: Status.Code) {
        let runtime = RuntimeError(kind, "that")
        #expect(Status(mapping: runtime) == Status(code, "that"))
        #expect(Status(mapping: ProcessError("this", cause: runtime)) == Status(code, "this: that"))
    }

    @Test("a cause with a class of its own decides")
    func causes() {
        let late = DeadlineExceeded(operation: "start", limit: .seconds(1))
        #expect(
            Status(mapping: ProcessError("OCI runtime start failed", cause: late)).code == .deadlineExceeded)
        let refused = SysError("open", "/x", .accessDenied)
        #expect(
            Status(mapping: ProcessError("OCI runtime create failed", cause: refused))
                == Status(.unknown, "OCI runtime create failed: open /x: permission denied"))
        #expect(Status(mapping: CancellationError()).code == .canceled)
    }
}

internal import Messages
internal import Sys

/// How a call failed, as it travels to the caller: a code of google.rpc and a text for people.
package struct Status: Error, Sendable, Equatable, CustomStringConvertible {
    /// The codes of google.rpc.Code.
    package enum Code: Int32, Sendable, CaseIterable {
        case ok = 0
        case canceled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case `internal` = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The status of an error where no other mapping is given: a `Status` as it is, a deadline and a
    /// cancellation by their codes, all else `unknown` with its description.
    package init(_ error: any Error) {
        switch error {
        case let status as Status: self = status
        case let error as DeadlineExceeded: self.init(.deadlineExceeded, error.description)
        case is CancellationError: self.init(.canceled, "canceled")
        default: self.init(.unknown, "\(error)")
        }
    }

    package var description: String { "\(code): \(message)" }
}

extension Status {
    /// The status of a response; `nil` for success.
    ///
    /// Codes without a name become `unknown`.
    init?(of response: TTRPCResponse) {
        guard let status = response.status, status.code != 0 else { return nil }
        self.init(Code(rawValue: status.code) ?? .unknown, status.message)
    }

    /// The most bytes of text that travel; an error may quote what a peer has sent.
    private static let textLimit = 16 << 10

    /// The status as a message.
    var encodable: RPCStatus {
        let text =
            message.utf8.count <= Self.textLimit
            ? message : String(decoding: message.utf8.prefix(Self.textLimit), as: UTF8.self)
        return RPCStatus(code: code.rawValue, message: text)
    }
}

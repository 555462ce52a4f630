import Foundation
import Messages
import Testing

/// One message with every field set, beside the bytes that Python's protobuf makes of the same fields.
struct Specimen: Sendable, CustomTestStringConvertible {
    let name: String
    /// The Swift value's bytes.
    let encoded: @Sendable () -> [UInt8]
    /// Whether bytes decode as the Swift value.
    let decodesToSelf: @Sendable ([UInt8]) throws(MessageError) -> Bool
    /// Decodes bytes as this type and encodes the result.
    let reencode: @Sendable ([UInt8]) throws(MessageError) -> [UInt8]

    init<M: Message>(_ value: M) {
        name = M.fullName
        encoded = { value.encoded() }
        decodesToSelf = { (bytes) throws(MessageError) in try M(decoding: bytes) == value }
        reencode = { (bytes) throws(MessageError) in try M(decoding: bytes).encoded() }
    }

    static let all = task + eventsAndSandbox + pod + cgroupV1 + cgroupV2

    var testDescription: String { name }

    /// What make-golden.py wrote.
    func golden() throws -> [UInt8] {
        try [UInt8](Data(contentsOf: Self.goldenDirectory.appending(path: "\(name).bin")))
    }

    static var goldenDirectory: URL {
        Bundle.module.bundleURL.appending(path: "Golden")
    }
}

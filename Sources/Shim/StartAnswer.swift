internal import Messages
internal import OCI

/// What `start` prints, in the form that the calling containerd reads.
package enum StartAnswer: Sendable, Equatable {
    /// The address alone: containerd 1.6, and CRI-O, take everything that is printed for it.
    case plain
    /// A JSON object: 1.7 and 2.0 to 2.2.
    case json
    /// A `BootstrapResult`: 2.3 and later.
    case message

    /// The version that a sandbox's shim answers with.
    ///
    /// By it containerd knows a shim that its containers can be created in without a `start` for each.
    private static let sandboxVersion: Int32 = 3
    /// For all others: what every containerd so far accepts.
    private static let taskVersion: Int32 = 2

    /// Chooses the form.
    ///
    /// 1.6 is known by what it does not say: it sets no MAX_SHIM_VERSION. All later ones set it to 2, and 1.7
    /// refuses an answer with a higher version. CRI-O sets it, too, by containerd's own code, but reads no JSON in any
    /// release up to 1.36; it is known by having no containerd.
    package init(_ input: StartInput, maximumVersion: String?, hasContainerd: Bool = true) {
        switch input {
        case .bootstrap: self = .message
        case .options: self = maximumVersion == nil || !hasContainerd ? .plain : .json
        }
    }

    /// The answer's bytes.
    ///
    /// - Parameter sandbox: Whether the shim is started for a sandbox by itself.
    package func encoded(_ address: SocketAddress, sandbox: Bool = false) throws -> [UInt8] {
        let version = sandbox ? Self.sandboxVersion : Self.taskVersion
        switch self {
        case .plain:
            return Array(address.description.utf8)
        case .json:
            let object: JSONValue = [
                "version": JSONValue(version), "address": .string(address.description),
                "protocol": "ttrpc",
            ]
            return try object.serialised(sortedKeys: true)
        case .message:
            return BootstrapResult(
                version: version, address: address.description, protocol: "ttrpc"
            ).encoded()
        }
    }
}

package import Messages

/// What `start` finds on its standard input.
package enum StartInput: Sendable, Equatable {
    /// The runtime's options, or nothing.
    case options(AnyMessage?)
    /// containerd 2.3 and later.
    case bootstrap(BootstrapParams)

    /// Tells the two forms apart.
    ///
    /// Both have strings as fields 1 and 2, so that bytes of one often decode as the other. Only the values
    /// decide: parameters name the container and the namespace that the command line names.
    package init(_ bytes: [UInt8], id: String, namespace: String) throws(MessageError) {
        if bytes.isEmpty {
            self = .options(nil)
        } else if let parameters = try? BootstrapParams(decoding: bytes), parameters.instanceID == id,
            parameters.namespace == namespace
        {
            self = .bootstrap(parameters)
        } else {
            self = .options(try AnyMessage(decoding: bytes))
        }
    }

    /// The runtime's options in either form.
    package var runtimeOptions: AnyMessage? {
        switch self {
        case .options(let any): any
        case .bootstrap(let parameters):
            parameters.extensions.lazy.compactMap(\.value).first(where: Options.isKnown)
        }
    }
}

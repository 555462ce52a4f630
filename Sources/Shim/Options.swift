package import Messages

/// The runtime's options, whichever of the known messages they came in.
///
/// containerd's configuration gives a `runtimeoptions.v1.Options`; Docker and others give runc's own to every
/// runtime. `ctr` of containerd 1.7 leaves the type URL empty.
package struct Options: Sendable, Equatable {
    /// A TOML file.
    package var configPath = ""
    /// TOML text, for when there is no file.
    package var configBody: [UInt8] = []
    /// The runsc binary, a path or a name.
    package var binaryName = ""
    /// The directory for state files.
    package var root = ""
    /// The cgroup for the shim itself.
    package var shimCgroup = ""
    package var ioUID: UInt32 = 0
    package var ioGID: UInt32 = 0
    package var systemdCgroup = false

    package init() {}

    /// Reads options; nothing is as good as empty ones.
    package init(_ any: AnyMessage?) throws(OptionsError) {
        self.init()
        guard let any, !any.value.isEmpty else { return }
        do throws(MessageError) { try read(any) } catch { throw OptionsError(cause: error) }
    }

    private mutating func read(_ any: AnyMessage) throws(MessageError) {
        if any.holds(RuncOptions.self) {
            take(try any.unpack(as: RuncOptions.self))
        } else if any.holds(RuntimeOptions.self) {
            take(try any.unpack(as: RuntimeOptions.self))
        } else if any.typeURL.isEmpty {
            take(try RuntimeOptions(decoding: any.value))
        } else {
            throw MessageError(message: RuntimeOptions.fullName, reason: .otherType(url: any.typeURL))
        }
    }

    private mutating func take(_ options: RuntimeOptions) {
        configPath = options.configPath
        configBody = options.configBody
    }

    private mutating func take(_ options: RuncOptions) {
        binaryName = options.binaryName
        root = options.root
        shimCgroup = options.shimCgroup
        ioUID = options.ioUID
        ioGID = options.ioGID
        systemdCgroup = options.systemdCgroup
    }

    /// Whether an `Any` is one of the messages that hold options.
    static func isKnown(_ any: AnyMessage) -> Bool {
        any.holds(RuntimeOptions.self) || any.holds(RuncOptions.self)
    }
}

/// Options that cannot be read.
package struct OptionsError: Error, Sendable, Equatable, CustomStringConvertible {
    package let cause: MessageError

    package var description: String { "runtime options: \(cause)" }
}

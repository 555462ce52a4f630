internal import Messages
package import Runtime
internal import Sys

/// The embedded runtime as the options of a container want it.
package enum RuntimeSetup {
    /// Where runsc keeps its state, one directory for each containerd namespace.
    private static let root = "/run/containerd/runsc"
    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// In the bundle: the options that `start` was given, for those who are not given them.
    private static let file = "runtime-options"

    /// The configuration for the containers of a namespace.
    package static func configuration(_ options: Options, namespace: String) -> RuntimeConfiguration {
        RuntimeConfiguration(
            binary: binary(options.binaryName.isEmpty ? "runsc" : options.binaryName),
            root: (options.root.isEmpty ? root : options.root) + "/" + namespace)
    }

    /// The path of a program; one that is in no directory of PATH stays a name, and the create says so.
    private static func binary(_ name: String) -> String {
        guard !name.contains("/") else { return name }
        let path = Kernel.environment("PATH") ?? defaultPath
        return path.split(separator: ":").lazy.map { "\($0)/\(name)" }.first(where: File.exists) ?? name
    }

    /// Keeps the options for the daemon and for `delete`.
    static func save(_ options: AnyMessage?, in bundle: String) throws(SysError) {
        guard let options else { return }
        try File.writeAtomically(options.encoded(), to: "\(bundle)/\(file)", mode: 0o600)
    }

    /// The options that `save` has kept; none if there is no such file.
    package static func savedOptions(in bundle: String) throws -> Options {
        let path = "\(bundle)/\(file)"
        guard File.exists(path) else { return Options() }
        return try Options(AnyMessage(decoding: File.read(path)))
    }
}

internal import Messages
internal import Sys

/// The options that a container was started with, kept in its bundle for those who are not given them: the daemon, and
/// `delete` after it.
package enum SavedOptions {
    private static let file = "runtime-options"

    /// Keeps the options for the daemon and for `delete`.
    static func save(_ options: AnyMessage?, in bundle: String) throws(SysError) {
        guard let options else { return }
        try File.writeAtomically(options.encoded(), to: "\(bundle)/\(file)", mode: 0o600)
    }

    /// Takes back what `save` has kept.
    static func remove(from bundle: String) throws(SysError) { try File.remove("\(bundle)/\(file)") }

    /// The options that `save` has kept; none if there is no such file.
    package static func load(from bundle: String) throws -> Options {
        let path = "\(bundle)/\(file)"
        guard File.exists(path) else { return Options() }
        return try Options(AnyMessage(decoding: File.read(path)))
    }
}

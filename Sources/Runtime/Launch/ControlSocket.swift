import Sys

/// The socket that a Sentry will listen on, bound by the launcher.
struct ControlSocket: Sendable {
    let socket: OwnedFD
    /// Where clients connect, tried in turn.
    let addresses: [UnixAddress]
    /// The socket's file, for the state file; empty for an abstract name.
    let path: String

    /// Binds the name that stock tools of the release look for.
    init(sandbox: String, root: String, contract: Contract) throws(SysError) {
        if contract.usesAbstractControlSocket {
            // The terminating NUL is part of the name as the release's own library counts.
            let name = Array("runsc-sandbox.\(sandbox)".utf8)
            addresses = [.abstract(name + [0]), .abstract(name)]
            path = ""
            socket = try UnixSocket.bind(.abstract(name + [0]))
        } else {
            let path = "\(root)/runsc-\(sandbox).sock"
            addresses = [.path(path)]
            self.path = path
            // Only a sandbox of this id that was killed with its shim can have left it.
            try File.remove(path)
            socket = try UnixSocket.bind(.path(path))
        }
    }

    func remove() {
        if !path.isEmpty { try? File.remove(path) }
    }
}

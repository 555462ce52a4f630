package import Sys

/// Where the shim of a group of containers listens.
package struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
    /// Where shims put their sockets, whatever the state directory of their containerd.
    package static let directory = "/run/containerd/s"

    package let path: String

    /// The form that containerd dials and that the `address` file holds.
    package var description: String { "unix://" + path }

    /// The address by containerd's formula: the SHA-256 of "<containerd's address>/<namespace>/<group>".
    ///
    /// containerd's address makes two containerds of one host differ that have containers of the same name.
    package init(
        containerd address: String, namespace: String, group: String, directory: String = Self.directory
    ) {
        let name = Self.joined([address, namespace, group])
        path = directory + "/" + SHA256.hexadecimal(Array(name.utf8))
    }

    /// An address as it is written in a file or a variable: a path, with or without "unix://".
    package init?(_ text: String) {
        let trimmed = text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
        let path = trimmed.hasPrefix("unix://") ? trimmed.dropFirst("unix://".count) : trimmed
        guard path.hasPrefix("/") else { return nil }
        self.path = String(path)
    }

    /// Whether somebody listens there.
    ///
    /// Throws for anything but "nobody there": then nothing is known.
    package func isLive() throws(SysError) -> Bool {
        do throws(SysError) {
            try UnixSocket.connect(.path(path)).close()
            return true
        } catch {
            switch error.code {
            case .noEntry, .connectionRefused: return false
            // The backlog is full: somebody is there, and busy.
            case .again: return true
            default: throw error
            }
        }
    }

    /// Joins and tidies like Go's filepath.Join, which is part of containerd's formula.
    static func joined(_ parts: [String]) -> String {
        let joined = parts.filter { !$0.isEmpty }.joined(separator: "/")
        var kept: [Substring] = []
        for part in joined.split(separator: "/") where part != "." {
            if part != ".." {
                kept.append(part)
            } else if let last = kept.last, last != ".." {
                kept.removeLast()
            } else if !joined.hasPrefix("/") {
                kept.append(part)
            }
        }
        let path = (joined.hasPrefix("/") ? "/" : "") + kept.joined(separator: "/")
        return path.isEmpty ? (joined.isEmpty ? "" : ".") : path
    }
}

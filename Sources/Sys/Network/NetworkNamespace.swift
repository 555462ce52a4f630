internal import Glibc

/// Network namespaces: network_namespaces(7).
package enum NetworkNamespace {
    /// What tells one namespace from another while both exist.
    package struct Identity: Sendable, Hashable {
        package let device: UInt64
        package let inode: UInt64

        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    /// Opens a namespace by a path such as /proc/PID/ns/net or /run/netns/NAME.
    package static func open(_ path: String) throws(SysError) -> OwnedFD { try File.open(path, []) }

    /// The identity of an open namespace.
    package static func identity(of namespace: OwnedFD) throws(SysError) -> Identity {
        var status = stat()
        _ = try retrying("fstat", "network namespace") { fstat(namespace.raw, &status) }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// The identity of the namespace behind a path.
    package static func identity(at path: String) throws(SysError) -> Identity {
        var status = stat()
        _ = try retrying("stat", path) { stat(path, &status) }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// Whether a namespace is the host's: that of this process, or that of process 1.
    ///
    /// Files below /proc/sys/net that are said to exist in the host's namespace alone prove nothing: which
    /// ones do differs between kernels.
    package static func isHosts(_ namespace: OwnedFD) throws(SysError) -> Bool {
        let identity = try identity(of: namespace)
        if try identity == Self.identity(at: "/proc/self/ns/net") { return true }
        do throws(SysError) {
            return try identity == Self.identity(at: "/proc/1/ns/net")
        } catch  where [.accessDenied, .notPermitted, .noEntry].contains(error.code) {
            // Process 1 of another user namespace does not show its namespaces; then ours is all there is.
            return false
        }
    }
}

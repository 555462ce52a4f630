internal import CSys
internal import Glibc

/// Paths that are resolved inside a root, as chroot(2) would, without leaving it by a link or "..".
package enum ResolvedPath {
    /// Opens what `path` means inside `root`, as a place (O_PATH): openat2(2), RESOLVE_IN_ROOT.
    package static func open(_ path: String, in root: OwnedFD) throws(SysError) -> OwnedFD {
        let flags = UInt64(O_CLOEXEC) | UInt64(OpenFlags.path.rawValue)
        // RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT
        return OwnedFD(
            taking: try retrying("openat2", path) { csys_openat2(root.raw, path, flags, 0, 0x02 | 0x10) })
    }
}

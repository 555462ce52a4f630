internal import CSys
internal import Glibc

/// Paths that are resolved inside a root, as chroot(2) would, without leaving it by a link or "..".
package enum ResolvedPath {
    /// What a missing place is made as.
    package enum Kind: Sendable { case directory, file }

    /// Opens what `path` means inside `root`, as a place (O_PATH): openat2(2), RESOLVE_IN_ROOT.
    package static func open(_ path: String, in root: OwnedFD) throws(SysError) -> OwnedFD {
        let flags = UInt64(O_CLOEXEC) | UInt64(OpenFlags.path.rawValue)
        // RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT
        return OwnedFD(
            taking: try retrying("openat2", path) { csys_openat2(root.raw, path, flags, 0, 0x02 | 0x10) })
    }

    /// Opens a place inside `root`, made first with its missing parents if it is not there.
    ///
    /// Only names below the deepest existing directory are made, each by its parent's descriptor and never through a
    /// link: a dangling link on the way is `Errno.exists` or `Errno.loop`.
    package static func make(_ path: String, as kind: Kind, in root: OwnedFD) throws(SysError) -> OwnedFD {
        do throws(SysError) {
            return try open(path, in: root)
        } catch  where error.code == .noEntry {
            // Made below.
        }
        var existing = path.split(separator: "/").map(String.init)
        var missing: [String] = []
        var parent = root
        while let last = existing.popLast() {
            guard last != ".." else { throw SysError("mkdir", path, .noEntry) }
            missing.insert(last, at: 0)
            do throws(SysError) {
                parent = try open("/" + existing.joined(separator: "/"), in: root)
                break
            } catch  where error.code == .noEntry {
                continue
            }
        }
        for (index, name) in missing.enumerated() {
            let isLast = index == missing.count - 1
            parent = try makeOne(name, as: isLast ? kind : .directory, in: parent, path)
        }
        return parent
    }

    private static func makeOne(
        _ name: String, as kind: Kind, in parent: OwnedFD, _ path: String
    ) throws(SysError) -> OwnedFD {
        let resolve: UInt64 = 0x02 | 0x04 | 0x08  // NO_MAGICLINKS, NO_SYMLINKS, BENEATH
        let flags: UInt64
        switch kind {
        case .directory:
            do throws(SysError) {
                _ = try retrying("mkdirat", path) { mkdirat(parent.raw, name, 0o755) }
            } catch  where error.code == .exists {
                // Somebody else was quicker, or it is a link, which is refused next.
            }
            flags = UInt64(O_CLOEXEC) | UInt64(OpenFlags.path.rawValue) | UInt64(O_DIRECTORY)
        case .file:
            let made = try retrying("openat2", path) {
                csys_openat2(parent.raw, name, UInt64(O_CLOEXEC | O_CREAT | O_WRONLY), 0o644, resolve)
            }
            return OwnedFD(taking: made)
        }
        let opened = try retrying("openat2", path) { csys_openat2(parent.raw, name, flags, 0, resolve) }
        return OwnedFD(taking: opened)
    }

    /// Where an open file or directory is below `root`, as an absolute path inside it.
    package static func path(of place: OwnedFD, in root: OwnedFD) throws(SysError) -> String {
        let rootPath = try File.readLink("/proc/self/fd/\(root.raw)")
        let placePath = try File.readLink("/proc/self/fd/\(place.raw)")
        if placePath == rootPath { return "/" }
        let prefix = rootPath == "/" ? "/" : rootPath + "/"
        guard placePath.hasPrefix(prefix) else { throw SysError("readlink", placePath, .crossDevice) }
        return "/" + placePath.dropFirst(prefix.count)
    }
}

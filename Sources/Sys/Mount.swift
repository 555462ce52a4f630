internal import CSys
internal import Glibc

/// The flags of mount(2).
package struct MountFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountFlags(rawValue: 1)
    package static let noSUID = MountFlags(rawValue: 2)
    package static let noDevices = MountFlags(rawValue: 4)
    package static let noExec = MountFlags(rawValue: 8)
    package static let synchronous = MountFlags(rawValue: 16)
    package static let remount = MountFlags(rawValue: 32)
    package static let directorySync = MountFlags(rawValue: 128)
    package static let noAccessTime = MountFlags(rawValue: 1024)
    package static let noDirectoryAccessTime = MountFlags(rawValue: 2048)
    package static let bind = MountFlags(rawValue: 4096)
    package static let recursive = MountFlags(rawValue: 16384)
    package static let unbindable = MountFlags(rawValue: 1 << 17)
    package static let `private` = MountFlags(rawValue: 1 << 18)
    package static let slave = MountFlags(rawValue: 1 << 19)
    package static let shared = MountFlags(rawValue: 1 << 20)
    package static let relativeAccessTime = MountFlags(rawValue: 1 << 21)
    package static let strictAccessTime = MountFlags(rawValue: 1 << 24)
}

/// Mounts in the shim's own mount namespace.
package enum Mount {
    package static func mount(
        source: String?, target: String, type: String?, flags: MountFlags, data: String? = nil
    ) throws(SysError) {
        _ = try retrying("mount", "\(source ?? "none") at \(target)") {
            Glibc.mount(source, target, type, UInt(flags.rawValue), data)
        }
    }

    /// Mounts with another working directory, so that paths in `data` can be short.
    ///
    /// - Precondition: `target` is an absolute path.
    package static func mount(
        source: String?, target: String, type: String?, flags: MountFlags, data: String?,
        workingDirectory: String
    ) throws(SysError) {
        let directory = try File.open(workingDirectory, [.directory])
        let result = csys_mount_in(directory.raw, source, target, type, UInt(flags.rawValue), data)
        _ = try checking("mount", "\(source ?? "none") at \(target)", result)
    }

    /// A copy of what is mounted or lies at a path, attached nowhere.
    package static func detached(_ path: String, recursive: Bool) throws(SysError) -> OwnedFD {
        OwnedFD(taking: try retrying("open_tree", path) { csys_open_tree(path, recursive ? 1 : 0) })
    }

    /// Detaches everything mounted at `target`, layer by layer; nothing mounted there is fine.
    package static func unmountAll(_ target: String) throws(SysError) {
        // MNT_DETACH | UMOUNT_NOFOLLOW; a rootfs has a handful of layers, not a thousand.
        for _ in 0..<1000 {
            do throws(SysError) {
                _ = try retrying("umount2", target) { umount2(target, 2 | 8) }
            } catch  where error.code == .invalid || error.code == .noEntry {
                return
            }
        }
        throw SysError("umount2", target, .busy)
    }

    /// The number by which the kernel's tables name the mount that an open file or place lies in.
    package static func id(of file: OwnedFD) throws(SysError) -> Int {
        let path = "/proc/self/fdinfo/\(file.raw)"
        let line = try File.readText(path).split(separator: "\n").first { $0.hasPrefix("mnt_id:") }
        guard let id = line?.split(separator: "\t").last.flatMap({ Int($0) }) else {
            throw SysError("read", path, .invalid)
        }
        return id
    }

    /// The kind of the file system that a path is on, as statfs(2) numbers them.
    package static func fileSystemType(of path: String) throws(SysError) -> UInt32 {
        var type: UInt32 = 0
        _ = try retrying("statfs", path) { csys_file_system_type(path, &type) }
        return type
    }
}

extension File {
    /// Opens a path as it is inside a directory: links and ".." lead nowhere out of it.
    ///
    /// Gives a descriptor that stands for the place only, for use by way of /proc/self/fd.
    package static func openInside(_ root: OwnedFD, _ path: String) throws(SysError) -> OwnedFD {
        // RESOLVE_IN_ROOT
        let flags = UInt64(OpenFlags.path.rawValue | O_CLOEXEC)
        return OwnedFD(taking: try retrying("openat2", path) { csys_openat2(root.raw, path, flags, 0, 0x10) })
    }
}

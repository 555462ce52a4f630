internal import Glibc

/// What stat(2) tells about a file.
package struct FileStatus: Sendable, Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    /// The time of the last change of its content, since 1970.
    package let modifiedNanoseconds: Int64
    /// Type and permissions.
    package let mode: UInt32

    /// The file at a path, links followed.
    package init(_ path: String) throws(SysError) {
        var buffer = stat()
        _ = try retrying("stat", path) { stat(path, &buffer) }
        self.init(buffer)
    }

    /// An open file.
    package init(_ file: OwnedFD) throws(SysError) {
        var buffer = stat()
        _ = try retrying("fstat") { fstat(file.raw, &buffer) }
        self.init(buffer)
    }

    private init(_ buffer: stat) {
        device = UInt64(buffer.st_dev)
        inode = UInt64(buffer.st_ino)
        size = Int64(buffer.st_size)
        modifiedNanoseconds = Int64(buffer.st_mtim.tv_sec) * 1_000_000_000 + Int64(buffer.st_mtim.tv_nsec)
        mode = buffer.st_mode
    }

    /// Whether it is a directory.
    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }

    /// Whether it is a regular file.
    package var isRegular: Bool { mode & S_IFMT == S_IFREG }

    /// Whether it is a regular file that somebody may execute.
    package var isProgram: Bool { isRegular && mode & 0o111 != 0 }

    /// The permission bits.
    package var permissions: UInt32 { mode & 0o7777 }

    /// The absolute path behind all links.
    package static func realPath(_ path: String) throws(SysError) -> String {
        guard let real = realpath(path, nil) else { throw SysError("realpath", path, .current) }
        defer { free(real) }
        return String(cString: real)
    }
}

internal import Glibc

extension File {
    /// What a path leads to.
    package enum Kind: Sendable, Equatable {
        case regular, directory, fifo, other
    }

    /// The kind of file at `path`, links followed.
    package static func kind(_ path: String) throws(SysError) -> Kind {
        var status = stat()
        _ = try retrying("stat", path) { stat(path, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .regular
        case S_IFDIR: return .directory
        case S_IFIFO: return .fifo
        default: return .other
        }
    }
}

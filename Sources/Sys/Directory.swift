internal import Glibc

/// Directories.
package enum Directory {
    /// Makes a directory and its missing parents; one that is there stays as it is.
    package static func make(_ path: String, mode: UInt32) throws(SysError) {
        do throws(SysError) {
            _ = try retrying("mkdir", path) { mkdir(path, mode) }
        } catch {
            switch error.code {
            case .exists: return
            case .noEntry:
                let parent = Path.split(path).directory
                if parent == path || parent == "." { throw error }
                try make(parent, mode: mode)
                _ = try retrying("mkdir", path) { mkdir(path, mode) }
            default: throw error
            }
        }
    }

    /// The names in a directory, without "." and "..", in no order.
    package static func list(_ path: String) throws(SysError) -> [String] {
        guard let stream = opendir(path) else { throw SysError("opendir", path, .current) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes an empty directory; one that is not there is fine.
    package static func remove(_ path: String) throws(SysError) {
        do throws(SysError) {
            _ = try retrying("rmdir", path) { rmdir(path) }
        } catch  where error.code == .noEntry {}
    }
}

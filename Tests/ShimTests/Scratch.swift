import Glibc
import Sys

/// A directory of a test's own, removed with everything in it.
final class Scratch {
    let path: String

    init() {
        path = "/tmp/edge-test-\(getpid())-\(UInt64.random(in: .min ... .max))"
        mkdir(path, 0o755)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in (try? Directory.list(path)) ?? [] { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    func file(_ name: String, _ text: String) throws {
        try File.writeAtomically(Array(text.utf8), to: "\(path)/\(name)", mode: 0o644)
    }
}

func mode(_ path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

let isRoot = geteuid() == 0

extension File {
    static func readAvailable(_ file: OwnedFD, _ limit: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = Glibc.read(file.raw, &bytes, limit)
        if count < 0 { throw SysError("read", "", .current) }
        return Array(bytes.prefix(count))
    }
}

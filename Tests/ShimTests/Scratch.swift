import Glibc
import Sys

/// A directory of a test's own, removed with everything in it.
final class Scratch: Sendable {
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

    func fifo(_ name: String) throws {
        if mkfifo("\(path)/\(name)", 0o600) != 0 { throw SysError("mkfifo", name, .current) }
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

/// Where a symbolic link leads.
func link(_ path: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

internal import CSys
internal import Glibc

/// Paths as text.
package enum Path {
    /// The directory and the last component: ("/a/b", "c") for "/a/b/c", (".", "c") for "c".
    package static func split(_ path: String) -> (directory: String, last: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }

    /// The absolute form of `path` below `base`; an absolute path stays as it is.
    package static func absolute(_ path: String, in base: String) -> String {
        path.hasPrefix("/") ? path : base.hasSuffix("/") ? base + path : base + "/" + path
    }
}

/// Files, as the few whole operations that the shim needs.
package enum File {
    /// Opens a file; the flags are those of open(2), O_CLOEXEC is added.
    package static func open(_ path: String, _ flags: OpenFlags, mode: UInt32 = 0o600) throws(SysError)
        -> OwnedFD
    {
        OwnedFD(taking: try retrying("open", path) { csys_open(path, flags.rawValue | O_CLOEXEC, mode) })
    }

    /// Opens a directory as the base of further calls.
    package static func openDirectory(_ path: String) throws(SysError) -> OwnedFD {
        try open(path, [.path, .directory])
    }

    /// Reads a whole file of at most `limit` bytes; a longer one is `Errno.tooLarge`.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(SysError) -> [UInt8] {
        let file = try open(path, [])
        // Files of /proc say that they are empty; what is too long must not be read to be refused.
        guard try FileStatus(file).size <= limit else { throw SysError("read", path, .tooLarge) }
        var bytes: [UInt8] = []
        while true {
            let room = min(limit + 1 - bytes.count, max(4096, bytes.count))
            let before = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: room))
            let count = try retrying("read", path) {
                bytes.withUnsafeMutableBytes {
                    Glibc.read(file.raw, $0.baseAddress.map { $0 + before }, room)
                }
            }
            bytes.removeLast(room - count)
            if count == 0 { return bytes }
            if bytes.count > limit { throw SysError("read", path, .tooLarge) }
        }
    }

    /// Reads a whole file as text, bytes that are not UTF-8 replaced.
    package static func readText(_ path: String, limit: Int = 1 << 20) throws(SysError) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Writes all bytes to an open file; blocks as write(2) does.
    package static func write(_ bytes: [UInt8], to file: OwnedFD, _ path: String = "") throws(SysError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try retrying("write", path) {
                rest.withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes to a file in one call, as the files of /proc and cgroupfs want it.
    package static func write(_ text: String, toExisting path: String) throws(SysError) {
        try write(Array(text.utf8), to: open(path, [.writeOnly]), path)
    }

    /// Reads what an open file in non-blocking mode has now.
    package static func readAvailable(_ file: OwnedFD, limit: Int) throws(SysError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit, 16 << 10))
        while bytes.count < limit {
            let count = Glibc.read(file.raw, &buffer, min(buffer.count, limit - bytes.count))
            if count == 0 { break }
            if count < 0 {
                let code = Errno.current
                if code == .interrupted { continue }
                if code == .again { break }
                throw SysError("read", "", code)
            }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// What is written at first by `writeAtomically` has the file's name with this after it.
    package static let temporarySuffix = ".tmp"

    /// Replaces or makes a file so that a reader sees the old content or the new, never a part.
    package static func writeAtomically(_ bytes: [UInt8], to path: String, mode: UInt32) throws(SysError) {
        let temporary = path + temporarySuffix
        do throws(SysError) {
            let file = try open(temporary, [.writeOnly, .create, .truncate], mode: mode)
            try write(bytes, to: file, temporary)
            _ = try retrying("fchmod", temporary) { fchmod(file.raw, mode) }
            try rename(temporary, path)
        } catch {
            _ = unlink(temporary)
            throw error
        }
    }

    package static func rename(_ from: String, _ to: String) throws(SysError) {
        _ = try retrying("rename", from) { Glibc.rename(from, to) }
    }

    /// Removes a file; one that is not there is fine.
    package static func remove(_ path: String) throws(SysError) {
        do throws(SysError) { _ = try retrying("unlink", path) { unlink(path) } } catch
            where error.code == .noEntry
        {}
    }

    /// Removes a file of `writeAtomically` and what a writer that was killed has left beside it; what is not there is
    /// fine.
    package static func removeWritten(_ path: String) throws(SysError) {
        try remove(path + temporarySuffix)
        try remove(path)
    }

    /// Where a symbolic link leads.
    package static func readLink(_ path: String) throws(SysError) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = try retrying("readlink", path) { readlink(path, &buffer, buffer.count) }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// An anonymous file in memory that holds `bytes`, its offset at the start.
    package static func inMemory(_ name: String, _ bytes: [UInt8]) throws(SysError) -> OwnedFD {
        let file = OwnedFD(taking: try retrying("memfd_create", name) { csys_memfd_create(name, 1) })
        try write(bytes, to: file, name)
        _ = try retrying("lseek", name) { lseek(file.raw, 0, SEEK_SET) }
        return file
    }

    /// Gives a file to another owner.
    package static func changeOwner(_ file: OwnedFD, uid: UInt32, gid: UInt32) throws(SysError) {
        _ = try retrying("fchown") { fchown(file.raw, uid, gid) }
    }
}

/// The flags of open(2) that the shim uses; reading is the absence of the others.
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    package static let readWrite = OpenFlags(rawValue: O_RDWR)
    package static let create = OpenFlags(rawValue: O_CREAT)
    package static let exclusive = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let append = OpenFlags(rawValue: O_APPEND)
    package static let nonblocking = OpenFlags(rawValue: O_NONBLOCK)
    package static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    package static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    package static let path = OpenFlags(rawValue: 0o10_000_000)
}

extension File {
    /// A new file in a directory that has no name there any more.
    ///
    /// Not by O_TMPFILE, which some file systems lack.
    package static func unnamed(in directory: String) throws(SysError) -> OwnedFD {
        let path = "\(directory)/runsc-filestore-\(UInt64.random(in: .min ... .max))"
        let file = try open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
        try remove(path)
        return file
    }

    /// Has a new file measured as a program, while it is small.
    ///
    /// A kernel with integrity measurement (IMA) reads a file as a whole when it is first mapped for execution, holes
    /// included. A file that is to hold a sandbox's memory may be large by then.
    /// - Returns: Whether the kernel let it be mapped, which a mount without execution does not.
    @discardableResult
    package static func measure(_ file: OwnedFD) -> Bool {
        let length = Int(getpagesize())
        guard let start = mmap(nil, length, PROT_EXEC, MAP_SHARED, file.raw, 0), start != MAP_FAILED else {
            return false
        }
        munmap(start, length)
        return true
    }
}

internal import CSys
internal import Glibc

/// A directory tree whose paths are walked one component at a time, so that none ever leads out of it.
///
/// Links are read and followed here, never by the kernel, and ".." goes back along the walk, never to the
/// parent that the file system names. Whoever swaps a component meanwhile changes where inside the tree the
/// walk ends, and no more.
package struct RootedTree: Sendable {
    /// What a walk makes where something is missing.
    package enum Missing: Sendable {
        case nothing
        case directory
        /// A file at the end, directories on the way to it.
        case file
    }

    /// A place in the tree.
    package struct Place: Sendable {
        /// Absolute inside the tree, without links, "." and "..".
        package let path: String
        /// Opened as a place (O_PATH).
        package let file: OwnedFD
        package let isDirectory: Bool
    }

    /// As many links as gVisor's gofer follows.
    private static let maximumLinks = 255
    /// How often a component is tried again that others make and remove.
    private static let attempts = 32

    private let root: OwnedFD
    /// What lies over paths of the tree, as mounts would.
    private var covers: [String: OwnedFD] = [:]

    /// A tree below an open directory.
    package init(_ root: OwnedFD) { self.root = root }

    /// Lays another tree or file over a place: later walks go on in it.
    package mutating func cover(_ place: Place, with file: OwnedFD) { covers[place.path] = file }

    /// Walks a path; an absolute link starts again at the tree's root.
    ///
    /// The path and the text of links are cleaned as text first, so that "a/../b" is "b" whatever "a" is, as
    /// gVisor's gofer has it.
    ///
    /// - Parameters:
    ///   - path: Absolute or relative to the root.
    ///   - missing: What to make; directories with mode 0777, files likewise, less the umask.
    /// - Returns: The end of the walk.
    /// - Throws: The call that failed and the path so far; `Errno.loop` after too many links.
    package func walk(_ path: String, making missing: Missing = .nothing) throws(SysError) -> Place {
        var done: [(name: String, file: OwnedFD)] = []
        var pending = Array(Self.cleaned(path).reversed())
        var links = 0
        while let name = pending.popLast() {
            if name == ".." {
                _ = done.popLast()
                continue
            }
            let parent = done.last?.file ?? start
            let here = done.map(\.name) + [name]
            let leaf = pending.isEmpty ? missing : missing == .nothing ? .nothing : .directory
            var (file, kind) = try open(name, in: parent, Self.text(here), making: leaf)
            if kind == S_IFLNK {
                links += 1
                guard links <= Self.maximumLinks else { throw SysError("openat2", path, .loop) }
                let target = try Self.target(of: file, Self.text(here))
                if target.hasPrefix("/") { done = [] }
                pending += Self.cleaned(target).reversed()
                continue
            }
            if let cover = covers[Self.text(here)] { file = cover }
            done.append((name, file))
        }
        let file = done.last?.file ?? start
        return Place(
            path: Self.text(done.map(\.name)), file: file, isDirectory: try FileStatus(file).isDirectory)
    }

    private var start: OwnedFD { covers["/"] ?? root }

    private static func text(_ names: [String]) -> String { "/" + names.joined(separator: "/") }

    /// The components of a path without empty ones, "." and ".." that has something before it to take back;
    /// those of an absolute path's beginning lead nowhere.
    private static func cleaned(_ path: String) -> [String] {
        var names: [String] = []
        for name in path.split(separator: "/").map(String.init) where name != "." {
            if name != ".." {
                names.append(name)
            } else if let last = names.last, last != ".." {
                names.removeLast()
            } else if !path.hasPrefix("/") {
                names.append(name)
            }
        }
        return names
    }

    /// Opens one component, without following it.
    private func open(
        _ name: String, in parent: OwnedFD, _ path: String, making missing: Missing
    ) throws(SysError) -> (OwnedFD, mode_t) {
        let flags = UInt64(O_CLOEXEC | O_NOFOLLOW) | UInt64(OpenFlags.path.rawValue)
        // RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH
        let resolve: UInt64 = 0x02 | 0x08
        for _ in 0..<Self.attempts {
            do throws(SysError) {
                let raw = try retrying("openat2", path) { csys_openat2(parent.raw, name, flags, 0, resolve) }
                let file = OwnedFD(taking: raw)
                return (file, try FileStatus(file).mode & S_IFMT)
            } catch {
                // The kernel asks for another try when a rename crosses the walk.
                if error.code == .again { continue }
                if error.code != .noEntry || missing == .nothing { throw error }
            }
            try Self.make(name, in: parent, path, missing)
        }
        throw SysError("openat2", path, .again)
    }

    private static func make(
        _ name: String, in parent: OwnedFD, _ path: String, _ missing: Missing
    ) throws(SysError) {
        do throws(SysError) {
            if missing == .file {
                let flags = UInt64(O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL)
                _ = OwnedFD(
                    taking: try retrying("openat2", path) {
                        csys_openat2(parent.raw, name, flags, 0o777, 0x02 | 0x08)
                    })
            } else {
                _ = try retrying("mkdirat", path) { mkdirat(parent.raw, name, 0o777) }
            }
        } catch  where error.code == .exists {}
    }

    private static func target(of link: OwnedFD, _ path: String) throws(SysError) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = try retrying("readlinkat", path) { readlinkat(link.raw, "", &buffer, buffer.count) }
        guard count < buffer.count else { throw SysError("readlinkat", path, .nameTooLong) }
        guard let text = String(validating: buffer.prefix(count), as: UTF8.self) else {
            throw SysError("readlinkat", path, .invalid)
        }
        return text
    }
}

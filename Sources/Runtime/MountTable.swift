import Sys

/// What is mounted in this process's mount namespace: proc_pid_mountinfo(5).
struct MountTable: Sendable {
    /// One mount.
    struct Entry: Sendable, Equatable {
        let id: Int
        /// The mount that it is mounted on.
        let parent: Int
        /// The part of its file system that is seen.
        let root: String
        let path: String
        let type: String
        let options: [Substring]
        /// The options of the file system, which all mounts of it share.
        let fileSystemOptions: [Substring]

        var isReadOnly: Bool { options.contains("ro") || fileSystemOptions.contains("ro") }
    }

    let entries: [Entry]

    static func current() throws(SysError) -> MountTable {
        MountTable(try File.readText("/proc/self/mountinfo", limit: 16 << 20))
    }

    /// Lines of another form are passed over, and names that are no text.
    init(_ text: String) {
        entries = text.split(separator: "\n").compactMap { line in
            // The source of a mount may be empty.
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4,
                let id = Int(fields[0]), let parent = Int(fields[1])
            else { return nil }
            let path = Self.unescaped(fields[4])
            // Without its bytes nobody finds it.
            guard !path.contains("\u{FFFD}") else { return nil }
            return Entry(
                id: id, parent: parent, root: Self.unescaped(fields[3]), path: path,
                type: String(fields[dash + 1]), options: fields[5].split(separator: ","),
                fileSystemOptions: fields[dash + 3].split(separator: ","))
        }
    }

    /// What is seen below a directory that lies in this mount, the outer before the inner.
    ///
    /// Found by the table alone: a file server that does not answer would hold up whoever looks at the files.
    func visible(below directory: String, in mount: Int) -> [Entry] {
        let prefix = directory == "/" ? "/" : directory + "/"
        let children = entries.filter {
            $0.parent == mount && $0.path.hasPrefix(prefix) && $0.path.count > prefix.count
        }
        return children.flatMap { child -> [Entry] in
            // One of the same parent that lies above it was mounted later, over it.
            guard !children.contains(where: { child.path.hasPrefix($0.path + "/") }) else { return [] }
            var top = child
            while let over = entries.first(where: {
                $0.parent == top.id && $0.id != top.id && $0.path == top.path
            }) {
                top = over
            }
            return [top] + visible(below: top.path, in: top.id)
        }
    }

    /// Blanks and the like are octal numbers behind a backslash.
    private static func unescaped(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.first {
            let digits = rest.dropFirst().prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import Foundation
import Glibc

/// A directory of a test, removed with all that is in it when the last reference goes.
///
/// Its path is short, because sockets live in it and a socket's path has at most 107 bytes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init(_ name: String = "test") throws {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SetUpError(call: "mkdtemp in \(base)", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove() }

    /// The path of something in the directory.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file into the directory, and gives its path.
    @discardableResult
    package func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws -> String {
        let file = path(name)
        let parent = URL(filePath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
        guard chmod(file, mode) == 0 else { throw SetUpError(call: "chmod \(file)", errno: errno) }
        return file
    }

    /// Removes the directory; it is no error when it is gone.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

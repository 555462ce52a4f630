import CTestSupport
import Glibc

/// A terminal that a test holds the other side of: what the program prints comes in `output`, `type(_:)` is its keyboard.
package final class PseudoTerminal: Sendable {
    /// The path of the side that a program opens.
    package let path: String
    package let output = Watched(RunningCommand.Stream())
    private let master: Descriptor

    package init(rows: UInt16 = 24, columns: UInt16 = 80) throws {
        var name = [CChar](repeating: 0, count: 128)
        let fd = ts_pty_open(&name, name.count)
        guard fd >= 0 else { throw SetUpError(call: "posix_openpt", errno: -fd) }
        master = Descriptor(fd)
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try resize(rows: rows, columns: columns)
        // The reader has a descriptor of its own: it ends with the other side, or with the process.
        let copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SetUpError(call: "dup", errno: errno) }
        collect(Descriptor(copy), into: output)
    }

    /// Changes the size; the kernel sends SIGWINCH to the program in the foreground.
    package func resize(rows: UInt16, columns: UInt16) throws {
        let result = ts_pty_resize(master.number, rows, columns)
        guard result == 0 else { throw SetUpError(call: "TIOCSWINSZ", errno: -result) }
    }

    /// Types a text on the keyboard.
    package func type(_ text: String) throws {
        try writeAll(Array(text.utf8), to: master.number)
    }

    /// Waits until the screen has shown `text`; throws at once when the program gave the terminal up before.
    package func shown(_ text: String, within limit: Duration) async throws {
        do {
            let found = try await output.first("'\(text)' on the terminal", within: limit) {
                $0.text.contains(text) ? true : $0.ended ? false : nil
            }
            guard found else { throw SetUpError("no '\(text)' on the terminal") }
        } catch {
            throw SetUpError("\(error); it shows: \(output.current.text.suffix(1000))")
        }
    }
}

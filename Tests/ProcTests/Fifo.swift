import Glibc
import Runtime
import Sys
import Testing

/// A FIFO in a directory of its own, and what a client does with it.
final class Fifo: Sendable {
    let directory: String
    let path: String

    init() throws {
        directory = "/tmp/proc-tests-\(UInt64.random(in: .min ... .max))"
        path = directory + "/fifo"
        try Directory.make(directory, mode: 0o700)
        try #require(mkfifo(path, 0o600) == 0)
    }

    deinit {
        try? File.remove(path)
        try? Directory.remove(directory)
    }

    /// A client's end that reads.
    func reader() throws -> AsyncFD { try AsyncFD(File.open(path, [.nonblocking])) }

    /// A client's end that reads, as containerd opens it: by a call that returns when there is a writer.
    func awaitedReader() async throws -> AsyncFD {
        try AsyncFD(await onOwnThread("reader") { [path] in try File.open(path, []) })
    }

    /// A client's end that writes; needs a reader.
    func writer() throws -> AsyncFD { try AsyncFD(File.open(path, [.writeOnly, .nonblocking])) }
}

/// Reads until the end.
func readAll(_ descriptor: AsyncFD) async throws -> [UInt8] {
    var all: [UInt8] = []
    while true {
        let bytes = try await descriptor.read(upTo: 65536)
        if bytes.isEmpty { return all }
        all += bytes
    }
}

/// Whether there is nothing to read now, and the end has not come either.
func isSilent(_ descriptor: AsyncFD) -> Bool {
    var byte: UInt8 = 0
    return read(descriptor.raw, &byte, 1) == -1 && errno == EAGAIN
}

/// What the sandbox holds: copies of the process' ends, which close with the last reference.
struct Guest {
    let input: OwnedFD
    let output: OwnedFD
    let error: OwnedFD

    init(_ stdio: GuestStdio) throws {
        switch stdio {
        case .files(let input, let output, let error):
            self.input = try input.duplicate()
            self.output = try output.duplicate()
            self.error = try error.duplicate()
        case .terminal(let slave):
            input = try slave.duplicate()
            output = try slave.duplicate()
            error = try slave.duplicate()
        }
    }

    func exit() {
        for end in [input, output, error] { end.close() }
    }
}

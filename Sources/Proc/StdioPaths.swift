internal import Runtime
internal import Sys

/// Where the streams of a process lead, as containerd names them.
///
/// Each is the path of a FIFO or of a file, a "file://" address, or empty for none. The output of both kinds can go to a
/// program, which a "binary://" address in `stdout` names.
package struct StdioPaths: Sendable, Equatable {
    package var stdin: String
    package var stdout: String
    package var stderr: String
    /// containerd's namespace, for a program that takes the output.
    package var namespace = ""
    /// Whether the process has a terminal, whose output all goes to `stdout`.
    package var terminal: Bool

    package init(
        stdin: String = "", stdout: String = "", stderr: String = "", terminal: Bool = false,
        namespace: String = ""
    ) {
        self.namespace = namespace
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.terminal = terminal
    }
}

/// What a process reads from, opened.
struct InputEnd {
    /// The end that the process reads; non-blocking.
    let end: OwnedFD
    /// A writer of a FIFO, kept open so that the process does not take a client that goes away for the end.
    let keeper: OwnedFD?

    /// Opens it, without waiting for a client.
    init(_ path: String) throws(ProcessError) {
        (end, keeper) = try naming("stdin", path) { () throws(any Error) in
            guard !path.isEmpty else { return (try File.open("/dev/null", []), nil) }
            let address = try StreamAddress(path)
            guard address.scheme != .binary else {
                throw ProcessError(.unsupported, "a program cannot give input")
            }
            let file = address.path
            let end = try File.open(file, [.nonblocking])
            guard try File.kind(file) == .fifo else { return (end, nil) }
            // There is a reader now, so this one does not have to wait for one.
            return (end, try File.open(file, [.writeOnly, .nonblocking]))
        }
    }
}

/// What a process writes to; what is opened is non-blocking.
enum OutputEnd {
    case file(OwnedFD)
    /// Closing `end` tells the client that there is no more. The keeper is a reader, so that the process does not get EPIPE
    /// when the client goes away.
    case fifo(end: OwnedFD, keeper: OwnedFD)
    /// One that no client has opened yet.
    case awaited(ClientFIFO)

    /// Opens it, without waiting for a client.
    init(_ name: String, _ path: String) throws(ProcessError) {
        self = try naming(name, path) { () throws(any Error) in
            guard !path.isEmpty else { return .file(try File.open("/dev/null", [.writeOnly])) }
            let address = try StreamAddress(path)
            if address.scheme == .binary {
                throw ProcessError(.unsupported, "a program can take the output only if stdout names it")
            }
            if address.scheme == .file {
                try Directory.make(Path.split(address.path).directory, mode: 0o755)
                return .file(try File.open(address.path, [.writeOnly, .append, .create], mode: 0o644))
            }
            guard try File.kind(address.path) == .fifo else {
                return .file(try File.open(address.path, [.writeOnly, .append, .nonblocking]))
            }
            // This fails while there is no reader.
            guard let end = try? File.open(address.path, [.writeOnly, .nonblocking]) else {
                return .awaited(try ClientFIFO(address.path))
            }
            return .fifo(end: end, keeper: try File.open(address.path, [.nonblocking]))
        }
    }
}

private func naming<End>(_ name: String, _ path: String, _ body: () throws -> End) throws(ProcessError) -> End
{
    do {
        return try body()
    } catch let error as ProcessError {
        throw ProcessError(error.kind, "\(name) \(path)", cause: error)
    } catch {
        throw ProcessError(.failed, "\(name) \(path)", cause: error)
    }
}

/// A stream's address, taken apart.
struct StreamAddress: Equatable {
    enum Scheme: String { case fifo, file, binary }

    let scheme: Scheme
    let path: String
    /// The names and values of the query, one after the other.
    let query: [String]

    init(_ text: String) throws(ProcessError) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            scheme = .fifo
            path = text
            query = []
            return
        }
        let name = String(text[..<colon])
        guard let scheme = Scheme(rawValue: name) else {
            throw ProcessError(.unsupported, "scheme \"\(name)\" is not supported")
        }
        let rest = text[text.index(colon, offsetBy: 3)...]
        self.scheme = scheme
        path = Self.decoded(rest.prefix { $0 != "?" && $0 != "#" })
        query = rest.prefix { $0 != "#" }.drop { $0 != "?" }.dropFirst().split(separator: "&").flatMap {
            // Of a name that comes alone containerd gives the empty value as well.
            let pair = $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return [Self.decoded(pair[0]), pair.count == 2 ? Self.decoded(pair[1]) : ""]
        }
        guard path.hasPrefix("/") else {
            throw ProcessError(.invalid, "expected an absolute path after \"\(name)://\"")
        }
    }

    /// Replaces each "%XX" by its byte, as addresses are written.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = String(Substring(rest.prefix(2)))
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import CTestSupport
import Foundation
import Glibc
import Synchronization

/// A descriptor that is closed once, at the latest with the last reference to it.
final class Descriptor: Sendable {
    let number: Int32
    private let isOpen = Atomic(true)

    init(_ number: Int32) {
        self.number = number
    }

    deinit { close() }

    func close() {
        if isOpen.exchange(false, ordering: .relaxed) { Glibc.close(number) }
    }
}

/// A failed call of the test's own set-up.
package struct SetUpError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    init(call: String, errno: Int32) {
        description = "\(call): \(String(cString: strerror(errno)))"
    }
}

/// A pipe whose ends are not inherited.
struct Pipe {
    let read: Descriptor
    let write: Descriptor

    init() throws {
        var fds: [Int32] = [-1, -1]
        guard Glibc.pipe(&fds) == 0 else { throw SetUpError(call: "pipe", errno: errno) }
        for fd in fds { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
        (read, write) = (Descriptor(fds[0]), Descriptor(fds[1]))
    }
}

/// Writes everything, in the calling thread; a reader that is gone is an error, not a signal.
func writeAll(_ bytes: [UInt8], to fd: Int32) throws {
    var pipeSignal = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
    var offset = 0
    while offset < bytes.count {
        let count = bytes[offset...].withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            let error = errno
            discardPending(pipeSignal)
            pthread_sigmask(SIG_SETMASK, &before, nil)
            throw SetUpError(call: "write", errno: error)
        }
        offset += count
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
}

/// Takes a SIGPIPE that the failed write left pending, so that unblocking does not deliver it.
private func discardPending(_ set: sigset_t) {
    var (set, now) = (set, timespec())
    while sigtimedwait(&set, nil, &now) > 0 {}
}

/// The path of a program: itself with a slash, else the first match in `path`.
package func findExecutable(_ name: String, in path: String) throws -> String {
    if name.contains("/") { return name }
    for directory in path.split(separator: ":") where access("\(directory)/\(name)", X_OK) == 0 {
        return "\(directory)/\(name)"
    }
    throw SetUpError("no executable '\(name)' in PATH=\(path)")
}

/// One call of ts_spawn, with Swift's strings.
struct SpawnRequest {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    var directory: String?
    var terminal: String?
    var fds: (Int32, Int32, Int32) = (-1, -1, -1)

    init(path: String, arguments: [String], environment: [String: String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    func spawn() throws -> (pid: Int32, pidfd: Descriptor) {
        var owned: [UnsafeMutablePointer<CChar>] = []
        defer { owned.forEach { free($0) } }
        func copy(_ string: String) -> UnsafeMutablePointer<CChar> {
            guard let copy = strdup(string) else { fatalError("out of memory") }
            owned.append(copy)
            return copy
        }
        let argv: [UnsafeMutablePointer<CChar>?] = arguments.map(copy) + [nil]
        let envp: [UnsafeMutablePointer<CChar>?] = environment.map { copy("\($0)=\($1)") } + [nil]
        let (path, directory, terminal) = (copy(path), directory.map(copy), terminal.map(copy))
        var (pid, pidfd): (Int32, Int32) = (-1, -1)
        let result = argv.withUnsafeBufferPointer { argv in
            envp.withUnsafeBufferPointer { envp -> Int32 in
                guard let argv = argv.baseAddress, let envp = envp.baseAddress else { return -EINVAL }
                var request = ts_spawn_request(
                    path: path, argv: argv, envp: envp, directory: directory, terminal: terminal, fds: fds)
                return ts_spawn(&request, &pid, &pidfd)
            }
        }
        guard result == 0 else { throw SetUpError(call: "spawn \(self.path)", errno: -result) }
        return (pid, Descriptor(pidfd))
    }
}

internal import CSys
internal import Glibc
internal import Synchronization

/// An open file descriptor with an owner: closed by `close()`, or with its last reference.
///
/// A class and not a noncopyable struct, because lists of donated descriptors and the cancel handlers of
/// Dispatch sources have to hold one, and neither can hold a noncopyable value. Every descriptor that this
/// type makes is close-on-exec.
package final class OwnedFD: Sendable {
    private let number: Atomic<Int32>

    /// Takes over a descriptor that nobody else will close.
    package init(taking raw: Int32) { number = Atomic(raw) }

    deinit { close() }

    /// The descriptor's number, or -1 once it is closed.
    package var raw: Int32 { number.load(ordering: .acquiring) }

    /// Closes the descriptor now; closing it again does nothing.
    package func close() {
        let raw = number.exchange(-1, ordering: .acquiringAndReleasing)
        if raw >= 0 { _ = Glibc.close(raw) }
    }

    /// Gives the descriptor away: the caller closes it.
    package func release() -> Int32 { number.exchange(-1, ordering: .acquiringAndReleasing) }

    /// Makes a second descriptor of the same open file.
    package func duplicate() throws(SysError) -> OwnedFD {
        OwnedFD(taking: try retrying("dup") { csys_fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }

    /// Sets or clears O_NONBLOCK of the open file, which all its descriptors share.
    package func setNonblocking(_ on: Bool) throws(SysError) {
        let flags = try retrying("fcntl") { csys_fcntl(raw, F_GETFL, 0) }
        let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        if wanted != flags { _ = try retrying("fcntl") { csys_fcntl(raw, F_SETFL, wanted) } }
    }

    /// Sets or clears close-on-exec of this descriptor.
    package func setCloseOnExec(_ on: Bool) throws(SysError) {
        _ = try retrying("fcntl") { csys_fcntl(raw, F_SETFD, on ? FD_CLOEXEC : 0) }
    }
}

/// A pipe: what is written to `write` is read from `read`.
package struct Pipe: Sendable {
    package let read: OwnedFD
    package let write: OwnedFD

    package init() throws(SysError) {
        var ends: [Int32] = [-1, -1]
        _ = try retrying("pipe2") { csys_pipe(&ends) }
        read = OwnedFD(taking: ends[0])
        write = OwnedFD(taking: ends[1])
    }

    /// How many bytes a pipe holds, by one of its ends; 0 if that is closed.
    package static func unread(_ end: OwnedFD) -> Int {
        var count: Int32 = 0
        return csys_ioctl_ptr(end.raw, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }
}

/// Two connected Unix stream sockets.
package struct SocketPair: Sendable {
    package let first: OwnedFD
    package let second: OwnedFD

    package init() throws(SysError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        _ = try retrying("socketpair") { socketpair(AF_UNIX, type, 0, &ends) }
        first = OwnedFD(taking: ends[0])
        second = OwnedFD(taking: ends[1])
    }
}

internal import CSys
internal import Glibc

/// Where a Unix stream socket is bound.
package enum UnixAddress: Sendable, Hashable, CustomStringConvertible {
    case path(String)
    /// A name in the abstract namespace of the network namespace, without the leading NUL, every other byte
    /// included: a trailing NUL is part of the name.
    case abstract([UInt8])

    package var description: String {
        switch self {
        case .path(let path): path
        case .abstract(let name): "@" + String(decoding: name, as: UTF8.self)
        }
    }
}

/// Unix stream sockets, bound, connected, accepted; all close-on-exec.
package enum UnixSocket {
    /// The longest path that fits into `sun_path` with its NUL.
    static let pathLimit = 107

    /// Binds a new socket.
    ///
    /// It does not listen yet. A socket with a path is for its owner only, from its first moment.
    ///
    /// A path that is too long for `sun_path` is bound by way of its directory's descriptor.
    package static func bind(_ address: UnixAddress) throws(SysError) -> OwnedFD {
        let socket = try make()
        // The kernel gives the new file the mode of the socket, less the umask.
        _ = try retrying("fchmod", address.description) { fchmod(socket.raw, 0o600) }
        try withAddress(address, "bind") { pointer, length throws(SysError) in
            _ = try retrying("bind", address.description) { Glibc.bind(socket.raw, pointer, length) }
        }
        return socket
    }

    /// Makes a bound socket accept connections.
    package static func listen(_ socket: OwnedFD, backlog: Int32 = 128) throws(SysError) {
        _ = try retrying("listen") { Glibc.listen(socket.raw, backlog) }
    }

    /// Connects to a listening socket.
    ///
    /// Unix sockets connect at once or fail; a full backlog is `Errno.again`.
    package static func connect(_ address: UnixAddress) throws(SysError) -> OwnedFD {
        let socket = try make()
        try socket.setNonblocking(true)
        try withAddress(address, "connect") { pointer, length throws(SysError) in
            _ = try retrying("connect", address.description) { Glibc.connect(socket.raw, pointer, length) }
        }
        return socket
    }

    /// Takes the next connection of a listening socket in non-blocking mode; `nil` when there is none.
    package static func accept(_ listener: OwnedFD) throws(SysError) -> OwnedFD? {
        do throws(SysError) {
            return OwnedFD(taking: try retrying("accept4") { csys_accept(listener.raw) })
        } catch  where error.code == .again {
            return nil
        }
    }

    /// The user id of the process at the other end, as it was when the connection was made (SO_PEERCRED).
    package static func peerUID(_ socket: OwnedFD) throws(SysError) -> UInt32 {
        var uid: UInt32 = 0
        _ = try retrying("getsockopt") { csys_peer_uid(socket.raw, &uid) }
        return uid
    }

    private static func make() throws(SysError) -> OwnedFD {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return OwnedFD(taking: try retrying("socket") { socket(AF_UNIX, type, 0) })
    }

    private static func withAddress(
        _ address: UnixAddress, _ call: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SysError) -> Void
    ) throws(SysError) {
        var name: [UInt8]
        var directory: OwnedFD?
        switch address {
        case .abstract(let bytes):
            name = [0] + bytes
        case .path(let path):
            name = Array(path.utf8)
            if name.count > pathLimit {
                let (parent, last) = Path.split(path)
                let opened = try File.openDirectory(parent)
                name = Array("/proc/self/fd/\(opened.raw)/\(last)".utf8)
                directory = opened
            }
            name.append(0)
        }
        var storage = sockaddr_un()
        storage.sun_family = sa_family_t(AF_UNIX)
        guard name.count <= MemoryLayout.size(ofValue: storage.sun_path) else {
            throw SysError(call, address.description, .nameTooLong)
        }
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let stored = storage
        try withUnsafePointer(to: stored) { pointer throws(SysError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(SysError) in
                try body(pointer, length)
            }
        }
        withExtendedLifetime(directory) {}
    }
}

internal import Glibc

/// TCP connections of this process's own network namespace.
package enum TCPSocket {
    /// Connects to a port.
    ///
    /// It ends when the host at the other end has answered, or the task is cancelled.
    package static func connect(_ address: IPAddress, port: UInt16) async throws(SysError) -> AsyncFD {
        let subject = "\(address) port \(port)"
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let family = address.isV6 ? AF_INET6 : AF_INET
        let descriptor = OwnedFD(taking: try retrying("socket", subject) { socket(family, type, 0) })
        let connection = try AsyncFD(descriptor)
        let (result, code) = connection.call { raw in
            address.withSocketAddress(port: port) { Int(Glibc.connect(raw, $0, $1)) }
        }
        if result == 0 { return connection }
        guard code.rawValue == EINPROGRESS else { throw SysError("connect", subject, code) }
        try await connection.ready(.write)
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        _ = try retrying("getsockopt", subject) {
            getsockopt(descriptor.raw, SOL_SOCKET, SO_ERROR, &error, &length)
        }
        if error != 0 { throw SysError("connect", subject, Errno(rawValue: error)) }
        return connection
    }
}

extension IPAddress {
    fileprivate func withSocketAddress(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int
    ) -> Int {
        if isV6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
            return Self.passing(&address, body)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
        return Self.passing(&address, body)
    }

    private static func passing<Address>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int
    ) -> Int {
        let length = socklen_t(MemoryLayout<Address>.size)
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

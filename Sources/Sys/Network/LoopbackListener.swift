internal import CSys
internal import Glibc

/// Takes the TCP connections to 127.0.0.1 in a network namespace, whatever their port.
///
/// Connections from outside the namespace never get here. Closed with its last reference, and then the namespace is as before.
package final class LoopbackListener: Sendable {
    private let descriptor: OwnedFD
    private let socket: AsyncFD
    /// Keeps the kernel's program attached.
    private let link: OwnedFD

    /// Listens in a namespace; this process stays in its own.
    ///
    /// - Throws: The call that failed: of bpf(2) where the kernel is older than 5.9 or does not let us.
    package init(in namespace: OwnedFD) throws(SysError) {
        let subject = "loopback address of a network namespace"
        descriptor = OwnedFD(
            taking: try checking("listen", subject, csys_loopback_listener(namespace.raw)))
        link = OwnedFD(
            taking: try checking("bpf", subject, csys_steer_loopback(namespace.raw, descriptor.raw)))
        socket = try AsyncFD(descriptor)
    }

    /// Waits for the next connection.
    ///
    /// - Returns: The connection, and the port that it was made to.
    /// - Throws: What accept(2) failed with, when it is of no use to try again, or `Errno.canceled`.
    package func next() async throws(SysError) -> (connection: OwnedFD, port: UInt16) {
        while true {
            do throws(SysError) {
                let raw = try retrying("accept4", "") { csys_accept(descriptor.raw) }
                let connection = OwnedFD(taking: raw)
                let port = try checking("getsockname", "", csys_local_port(connection.raw))
                return (connection, UInt16(truncatingIfNeeded: port))
            } catch {
                if error.code == .again {
                    try await socket.ready(.read)
                } else if error.code.passesForAccept {
                    // Nothing tells when the host has descriptors again.
                    do { try await Task.sleep(for: .milliseconds(50)) } catch {
                        throw SysError("accept4", "", .canceled)
                    }
                } else {
                    throw error
                }
            }
        }
    }
}

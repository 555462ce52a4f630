internal import CSys

/// Raw sockets that see every frame of one interface: packet(7).
package enum PacketSocket {
    /// Bytes of the socket's receive and send buffers: with the system's default, bursts are dropped.
    private static let bufferSize: Int32 = 4 << 20

    /// Opens a socket in a namespace, bound to one of its interfaces.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the interface; this process stays in its own.
    ///   - interface: The interface.
    ///   - offload: Whether the socket may pass unsegmented frames, if the interface does so too.
    /// - Returns: The socket, and whether it passes unsegmented frames; each has a virtio header then.
    /// - Throws: The call that failed.
    package static func open(
        in namespace: OwnedFD, interface: NetworkLink, offload: Bool
    ) throws(SysError) -> (socket: OwnedFD, offloads: Bool) {
        let name = interface.name
        let socket = OwnedFD(
            taking: try checking(
                "socket", "packets of \(name)", csys_packet_socket(namespace.raw, interface.index)))
        _ = try checking(
            "setsockopt", "buffers of \(name)", csys_packet_set_buffers(socket.raw, bufferSize))
        guard offload else { return (socket, false) }
        let offloads = try checking(
            "ioctl", "offload of \(name)", csys_packet_segmentation_offload(socket.raw, name))
        guard offloads == 1 else { return (socket, false) }
        _ = try checking("setsockopt", "headers of \(name)", csys_packet_enable_header(socket.raw))
        return (socket, true)
    }
}

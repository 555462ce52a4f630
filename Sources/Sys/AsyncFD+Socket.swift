internal import CSys
internal import Glibc

/// What only sockets can do.
extension AsyncFD {
    /// Sends what the socket takes at once, without waiting; 0 when it takes nothing now.
    ///
    /// A peer that is gone is `Errno.brokenPipe`, never a SIGPIPE.
    package func sendNow(_ bytes: ArraySlice<UInt8>) throws(SysError) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        while true {
            let (count, code) = call { raw in
                bytes.withUnsafeBytes { Glibc.send(raw, $0.baseAddress, $0.count, flags) }
            }
            if count >= 0 { return count }
            if code == .again { return 0 }
            if code != .interrupted { throw SysError("send", "", code) }
        }
    }

    /// Ends both directions of the socket; whoever waits on it, here or at the peer, sees its end.
    ///
    /// The descriptor stays open. A listening socket refuses new connections from now on.
    package func shutdown() {
        // The only failures are a socket that was never connected and one that is down already.
        _ = call { Int(Glibc.shutdown($0, Int32(SHUT_RDWR))) }
    }

    /// Ends the direction to the peer, who sees the end of the stream after everything that was written.
    package func shutdownWriting() {
        // A peer that is gone already is the only failure.
        _ = call { Int(Glibc.shutdown($0, Int32(SHUT_WR))) }
    }

    /// Sends bytes and descriptors; the descriptors travel with the first byte.
    package func send(_ bytes: [UInt8], descriptors: [OwnedFD]) async throws(SysError) {
        let raws = descriptors.map(\.raw)
        var sent = 0
        while sent == 0 {
            sent = try await perform(.write) { raw in
                bytes.withUnsafeBytes {
                    Self.settingErrno(csys_send_fds(raw, $0.baseAddress, $0.count, raws, raws.count))
                }
            }
        }
        withExtendedLifetime(descriptors) {}
        try await write(bytes[sent...])
    }

    /// Receives what is there, up to `limit` bytes, with up to `descriptorLimit` descriptors; no bytes at the end.
    package func receive(upTo limit: Int, descriptorLimit: Int) async throws(SysError) -> ([UInt8], [OwnedFD])
    {
        var bytes: [UInt8] = []
        var received: [OwnedFD] = []
        _ = try await perform(.read) { raw in
            var count = 0
            var raws = [Int32](repeating: -1, count: descriptorLimit)
            var rawCount = descriptorLimit
            bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
                guard let base = buffer.baseAddress else { return }
                count = csys_receive_fds(raw, base, limit, &raws, &rawCount)
                used = max(count, 0)
            }
            // Also on failure, so that they are closed.
            received = raws.prefix(rawCount).map(OwnedFD.init(taking:))
            return Self.settingErrno(count)
        }
        return (bytes, received)
    }

    /// Turns the -errno that our C functions give into -1 and `errno`.
    private static func settingErrno(_ count: Int) -> Int {
        if count >= 0 { return count }
        errno = Int32(-count)
        return -1
    }
}

extension Errno {
    /// Whether accept(2) may succeed later after this failure: the connection was gone already, or the host
    /// is out of descriptors or memory.
    package var passesForAccept: Bool {
        [ECONNABORTED, EPROTO, EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(rawValue)
    }
}

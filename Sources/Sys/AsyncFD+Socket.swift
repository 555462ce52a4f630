internal import Glibc

/// What only sockets can do.
extension AsyncFD {
    /// Sends what the socket takes at once, without waiting; 0 when it takes nothing now.
    ///
    /// A peer that is gone is `Errno.brokenPipe`, never a SIGPIPE.
    package func sendNow(_ bytes: ArraySlice<UInt8>) throws(SysError) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        do throws(SysError) {
            return try retrying("send") {
                bytes.withUnsafeBytes { Glibc.send(raw, $0.baseAddress, $0.count, flags) }
            }
        } catch  where error.code == .again {
            return 0
        }
    }

    /// Ends both directions of the socket; whoever waits on it, here or at the peer, sees its end.
    ///
    /// The descriptor stays open. A listening socket refuses new connections from now on.
    package func shutdown() {
        // The only failures are a socket that was never connected and one that is down already.
        _ = Glibc.shutdown(raw, Int32(SHUT_RDWR))
    }
}

extension Errno {
    /// Whether accept(2) may succeed later after this failure: the connection was gone already, or the host
    /// is out of descriptors or memory.
    package var passesForAccept: Bool {
        [ECONNABORTED, EPROTO, EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(rawValue)
    }
}

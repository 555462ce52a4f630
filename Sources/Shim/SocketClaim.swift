package import Sys

/// The outcome of asking for a group's address.
package enum SocketClaim: Sendable {
    /// It is ours: a listening socket.
    case ours(OwnedFD)
    /// A live shim of the group has it.
    case taken

    /// How long another `start` of the group may take over it.
    private static let patience = Duration.seconds(5)

    /// Takes an address, or finds the shim that has it.
    ///
    /// Looking, removing what a dead shim left, binding and listening are one step for everyone who goes by
    /// this function: a lock is held meanwhile. So of two that come at once, one gets the socket, and
    /// the other finds it listening.
    package static func take(_ address: SocketAddress) async throws -> SocketClaim {
        let directory = Path.split(address.path).directory
        // Others may pass, but not look around.
        try Directory.make(directory, mode: 0o711)
        let lock = try await lock(address)
        defer { release(lock, address) }
        if try address.isLive() { return .taken }
        try File.remove(address.path)
        let socket = try UnixSocket.bind(.path(address.path))
        do throws(SysError) {
            // Before it listens, so that nobody else gets in.
            try File.setMode(address.path, 0o600)
            try UnixSocket.listen(socket)
        } catch {
            try? File.remove(address.path)
            throw error
        }
        return .ours(socket)
    }

    /// Removes the socket of a shim that is gone, and the lock of a `start` that was killed; a live one's stay.
    package static func removeStale(_ address: SocketAddress) async throws {
        guard File.exists(address.path) || File.exists(lockPath(address)) else { return }
        let lock = try await lock(address)
        defer { release(lock, address) }
        if try !address.isLive() { try File.remove(address.path) }
    }

    private static func lock(_ address: SocketAddress) async throws -> FileLock {
        try await FileLock.acquire(lockPath(address), limit: patience)
    }

    private static func lockPath(_ address: SocketAddress) -> String { address.path + ".lock" }

    private static func release(_ lock: FileLock, _ address: SocketAddress) {
        // Removed while it is held, which the lock's next taker notices.
        try? File.remove(lockPath(address))
        lock.release()
    }
}

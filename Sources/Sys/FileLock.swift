internal import Glibc

/// An exclusive lock of flock(2) on a file of its own, held until `release()` or the last reference.
///
/// It keeps out other processes and other holders in this one alike, because each has an open file of its own.
package final class FileLock: Sendable {
    private let file: OwnedFD

    private init(_ file: OwnedFD) { self.file = file }

    /// Takes the lock if it is free.
    ///
    /// - Parameter path: The lock's file; made (0600) if missing.
    /// - Returns: The lock, or nil if somebody holds it.
    /// - Throws: `SysError` if the file cannot be made or looked at.
    package static func tryAcquire(_ path: String) throws(SysError) -> FileLock? {
        // The holder may remove the file before it lets go, as stock tools do. A lock on a file that has no
        // name any more keeps nobody out, so the name is looked at again once the lock is held.
        for _ in 0..<16 {
            let file = try File.open(path, [.readWrite, .create], mode: 0o600)
            do throws(SysError) {
                _ = try retrying("flock", path) { flock(file.raw, LOCK_EX | LOCK_NB) }
            } catch  where error.code == .again {
                return nil
            }
            let held = try FileStatus(file)
            guard let named = try? FileStatus(path), named.inode == held.inode, named.device == held.device
            else {
                continue
            }
            return FileLock(file)
        }
        return nil
    }

    /// Takes the lock, waiting for it for at most `limit`.
    ///
    /// The kernel has no event for a free lock and no timeout for taking it, and a blocking call
    /// would hold a thread of the pool for as long as somebody's `runsc` likes; hence the lock is tried again, from every
    /// millisecond on to every 50.
    /// - Throws: `SysError`; `DeadlineExceeded`; `CancellationError`.
    package static func acquire(_ path: String, limit: Duration) async throws -> FileLock {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var pause = Duration.milliseconds(1)
        while true {
            if let lock = try tryAcquire(path) { return lock }
            guard clock.now < end else { throw DeadlineExceeded(operation: "lock \(path)", limit: limit) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    /// Lets go of the lock; again does nothing.
    package func release() { file.close() }
}

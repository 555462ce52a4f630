internal import Glibc

/// The first three descriptors of this process.
package enum StandardIO {
    // Globals are never released, so these are never closed behind anyone's back.
    package static let input = OwnedFD(taking: 0)
    package static let output = OwnedFD(taking: 1)
    package static let error = OwnedFD(taking: 2)

    /// Reads all of standard input; a closed one counts as empty.
    ///
    /// Blocks the calling thread; for a process that does nothing else yet.
    ///
    /// - Throws: `Errno.tooLarge` beyond `limit` bytes, `Errno.timedOut` when the end has not come in time.
    package static func readInput(limit: Int, within time: Duration) throws(SysError) -> [UInt8] {
        let end = ContinuousClock.now.advanced(by: time)
        var bytes: [UInt8] = []
        while true {
            try awaitInput(until: end)
            let room = 16 << 10
            let chunk: [UInt8]
            do throws(SysError) {
                chunk = try read(upTo: room)
            } catch  where error.code == .badDescriptor {
                return []
            } catch  where error.code == .again {
                continue
            }
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit { throw SysError("read", "standard input", .tooLarge) }
        }
    }

    private static func awaitInput(until end: ContinuousClock.Instant) throws(SysError) {
        let left = ContinuousClock.now.duration(to: end).components
        let milliseconds = Int32(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
        var wanted = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        let ready = try retrying("poll", "standard input") { poll(&wanted, 1, max(milliseconds, 0)) }
        if ready == 0 { throw SysError("poll", "standard input", .timedOut) }
    }

    private static func read(upTo room: Int) throws(SysError) -> [UInt8] {
        var failure: SysError?
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, used in
            do throws(SysError) {
                used = try retrying("read", "standard input") { Glibc.read(0, buffer.baseAddress, room) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

import Synchronization
import Sys

/// What a sandbox process said on standard error: the reason, when it could not start or panicked.
///
/// A socket whose write end never blocks: the kernel keeps the first 64 KiB and more, which is where a panic says what it
/// is, and drops the rest, so that the sandbox cannot be held up or fill the host by it. It is no pipe because those are what
/// an operator, and containerd's tests, count to find a shim that loses the ends of its containers' output.
final class Diagnostics: Sendable {
    private static let limit = 64 << 10

    /// The child's end.
    let write: OwnedFD
    private let read: OwnedFD
    /// The log that has taken standard error over.
    private let log = Mutex<String?>(nil)
    /// What has been taken out of the socket: everyone who asks is told the same.
    private let said = Mutex<[UInt8]>([])

    init() throws(SysError) {
        let pair = try SocketPair()
        read = pair.first
        write = pair.second
        try write.setNonblocking(true)
        try read.setNonblocking(true)
    }

    /// Says where standard error goes instead, once the process has opened it there.
    func goes(to log: String?) { self.log.withLock { $0 = log } }

    /// The lines that tell the most: what came first, without the stacks below it.
    func summary() -> String {
        let bytes = said.withLock { said in
            let room = Self.limit - said.count
            if room > 0, let more = try? File.readAvailable(read, limit: room) { said += more }
            return said
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        if lines.isEmpty, let log = log.withLock({ $0 }) { return "see \(log)" }
        return lines.prefix(6).joined(separator: "; ")
    }
}

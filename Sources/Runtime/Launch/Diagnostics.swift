import Sys

/// What a sandbox process said on standard error: the reason, when it could not start or panicked.
///
/// A pipe whose write end never blocks: the kernel keeps the first 64 KiB, which is where a panic says what it is,
/// and drops the rest, so that the sandbox cannot be held up or fill the host by it.
struct Diagnostics: Sendable {
    /// The child's end.
    let write: OwnedFD
    private let read: OwnedFD

    init() throws(SysError) {
        let pipe = try Pipe()
        read = pipe.read
        write = pipe.write
        try write.setNonblocking(true)
        try read.setNonblocking(true)
    }

    /// The lines that tell the most: what came first, without the stacks below it.
    func summary() -> String {
        guard let bytes = try? File.readAvailable(read, limit: 64 << 10), !bytes.isEmpty else { return "" }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.prefix(6).joined(separator: "; ")
    }
}

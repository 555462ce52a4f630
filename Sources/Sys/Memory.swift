internal import Glibc
internal import Synchronization

/// What this process keeps mapped of its own program.
package enum Memory {
    /// Gives up the pages of the program file that are mapped now, and maps them singly from now on.
    ///
    /// The page cache keeps them, shared with every other process of the program; what is needed again comes back
    /// with a fault. Without this the kernel maps a whole 2 MiB of the file at the first touch of any part of it, and
    /// what starting up has touched once stays.
    package static func trimProgram() {
        guard let maps = try? File.readText("/proc/self/maps"),
            let program = try? File.readLink("/proc/self/exe")
        else { return }
        for line in maps.split(separator: "\n") where line.hasSuffix(program) {
            let fields = line.split(separator: " ", maxSplits: 2)
            let range = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            // Only code: data may differ from the file, also where it cannot be written any more (relocations).
            guard fields.count > 1, fields[1].hasPrefix("r-x"), range.count == 2,
                let start = UnsafeMutableRawPointer(bitPattern: range[0])
            else { continue }
            let length = Int(range[1] - range[0])
            // Advice: where the kernel does not take it, nothing is lost.
            _ = madvise(start, length, MADV_NOHUGEPAGE)
            _ = madvise(start, length, MADV_DONTNEED)
        }
    }
}

/// Trims the program's memory once it has been quiet for a while.
///
/// A shim is idle for nearly all of its life, and there is one for each pod: what its busy moments touched is not
/// worth keeping mapped.
package final class IdleTrim: Sendable {
    private static let quiet = Duration.seconds(1)
    private let alarm = Mutex<Alarm?>(nil)

    package init() {}

    /// Notes that something was done just now.
    package func active() {
        let next = Alarm(after: Self.quiet) { Memory.trimProgram() }
        alarm.withLock { alarm in
            alarm?.cancel()
            alarm = next
        }
    }
}

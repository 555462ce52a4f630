internal import Glibc
internal import Synchronization

/// What this process keeps mapped of its own program.
///
/// The code of a static binary is shared by all shims of a host, but each counts what it has mapped. The kernel maps
/// generously: at the first touch of any part, the whole piece of the page cache that holds it, up to 2 MiB. Starting up
/// so maps nearly everything once, and it stays.
package struct ProgramCode: Sendable {
    /// The mappings of the program that can be read and executed.
    ///
    /// Data is left alone: it may differ from the file, also where it cannot be written any more
    /// (relocations).
    private let ranges: [(start: UInt, length: Int)]

    private static let stripe = 128 << 10

    /// The code of this program; empty when /proc does not tell.
    package init() {
        guard let maps = try? File.readText("/proc/self/maps"),
            let program = try? File.readLink("/proc/self/exe")
        else {
            ranges = []
            return
        }
        ranges = maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 2)
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard line.hasSuffix(program), fields.count > 1, fields[1].hasPrefix("r-x"), bounds.count == 2
            else {
                return nil
            }
            return (bounds[0], Int(bounds[1] - bounds[0]))
        }
    }

    /// Has the kernel map the code in small pieces from now on.
    ///
    /// A piece of the page cache is mapped whole only where it lies in one mapping, so the mapping is cut into stripes: by
    /// an advice that means nothing here, because no core file is ever written.
    package func mapInSmallPieces() {
        for (start, length) in ranges {
            advise(start, length, MADV_NOHUGEPAGE)
            for offset in stride(from: 0, to: length, by: 2 * Self.stripe) {
                advise(start + UInt(offset), min(Self.stripe, length - offset), MADV_DONTDUMP)
            }
        }
    }

    /// Gives up what is mapped now.
    ///
    /// The page cache keeps it; what is needed again comes back with a fault.
    package func trim() {
        for (start, length) in ranges { advise(start, length, MADV_DONTNEED) }
    }

    /// Where the kernel does not take the advice, nothing is lost.
    private func advise(_ start: UInt, _ length: Int, _ advice: Int32) {
        _ = madvise(UnsafeMutableRawPointer(bitPattern: start), length, advice)
    }
}

/// Trims the program's code once it has been quiet for a while.
///
/// A shim is idle for nearly all of its life, and there is one for each pod: what its busy moments touched is not
/// worth keeping mapped.
package final class IdleTrim: Sendable {
    private static let quiet = Duration.seconds(1)
    private let state = Mutex(State())

    private struct State {
        var last = ContinuousClock.now
        var alarm: Alarm?
        /// Known from the first quiet on: in the beginning the generous way is the fast one.
        var code: ProgramCode?
    }

    package init() {}

    /// Notes that something was done just now.
    ///
    /// Called for every answer, so it leaves a timer that runs already as it is.
    package func active() {
        state.withLock { state in
            state.last = .now
            if state.alarm == nil { state.alarm = alarm(after: Self.quiet) }
        }
    }

    private func alarm(after delay: Duration) -> Alarm { Alarm(after: delay) { [weak self] in self?.look() } }

    private func look() {
        let code: ProgramCode? = state.withLock { state in
            let rest = Self.quiet - (.now - state.last)
            state.alarm = rest > .zero ? alarm(after: rest) : nil
            guard rest <= .zero else { return nil }
            if let code = state.code { return code }
            let code = ProgramCode()
            code.mapInSmallPieces()
            state.code = code
            return code
        }
        code?.trim()
    }
}

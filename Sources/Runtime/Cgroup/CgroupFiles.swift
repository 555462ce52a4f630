internal import OCI
internal import Sys

/// Reading, writing and removing what is in cgroupfs.
enum CgroupFiles {
    /// The text of a file without the line's end; nil if it cannot be read.
    static func text(_ path: String) -> String? {
        guard let text = try? File.readText(path) else { return nil }
        return String(text.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// The same where it matters why it cannot be read; nil if there is no such file.
    static func existingText(_ path: String) throws(CgroupError) -> String? {
        do throws(SysError) {
            return String(try File.readText(path).reversed().drop { $0.isWhitespace }.reversed())
        } catch  where error.code == .noEntry {
            return nil
        } catch {
            throw .system(error)
        }
    }

    /// A number; nil if there is none ("max").
    static func number<Integer: FixedWidthInteger>(_ path: String, _: Integer.Type = Integer.self) -> Integer?
    {
        text(path).flatMap { Integer($0) }
    }

    /// The numbers of a file with a name and a number on each line.
    static func table(_ path: String) -> [Substring: UInt64] {
        guard let text = try? File.readText(path) else { return [:] }
        var table: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2, let number = UInt64(parts[1]) { table[parts[0]] = number }
        }
        return table
    }

    /// What is left of an amount of memory without the caches of files, by a table "memory.stat".
    static func withoutFiles(_ used: UInt64, _ table: [Substring: UInt64]) -> UInt64 {
        let files = (table["active_file"] ?? 0).addingReportingOverflow(table["inactive_file"] ?? 0)
            .partialValue
        return used - min(used, files)
    }

    /// More processors than any kernel counts; sums of them do not overflow.
    private static let cpuLimit = 1 << 20
    /// What kernels are built for at most, and systemd's sets too.
    private static let bitLimit = 8192

    /// How many numbers a list such as "0-2,7" has; nil if it is empty or no list.
    static func countOfList(_ list: String) -> Int? {
        let count = ranges(list)?.reduce(0) { $0 + $1.count } ?? 0
        return count == 0 ? nil : count
    }

    /// A list as a set of bits, the first in the lowest of the first byte; nil if it is empty or no list.
    static func bitsOfList(_ list: String) -> [UInt8]? {
        guard let ranges = ranges(list), let last = ranges.map(\.upperBound).max(), last < bitLimit else {
            return nil
        }
        var bits = [UInt8](repeating: 0, count: last / 8 + 1)
        for number in ranges.joined() { bits[number / 8] |= 1 << (number % 8) }
        return bits
    }

    /// The format is that of cpuset(7), "List format".
    private static func ranges(_ list: String) -> [ClosedRange<Int>]? {
        var ranges: [ClosedRange<Int>] = []
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first >= 0,
                first <= last, last < cpuLimit
            else { return nil }
            ranges.append(first...last)
        }
        return ranges
    }

    /// Writes settings to the files of directories.
    ///
    /// Limits hold each other in check (memory never above memory and swap, quota within the
    /// parent's share), and the order that is right for raising them is wrong for lowering. So what the kernel
    /// finds invalid at first is written again after the others; the second time it counts.
    /// - Parameters:
    ///   - settings: What to write, in this order.
    ///   - path: The cgroup, for errors.
    ///   - directory: Where the files of a controller are; nil if it is not available.
    /// - Throws: `missingController`, or `system` for what the kernel refuses twice.
    static func apply(
        _ settings: [CgroupSetting], to path: String, directory: (_ controller: String) -> String?
    ) throws(CgroupError) {
        var postponed: [CgroupSetting] = []
        for setting in settings {
            guard let directory = directory(setting.controller) else {
                throw .missingController(setting.controller, path: path)
            }
            do throws(SysError) {
                try write(setting, directory)
            } catch  where error.code == .invalid || error.code == .busy {
                postponed.append(setting)
            } catch {
                throw .system(error)
            }
        }
        for setting in postponed {
            guard let directory = directory(setting.controller) else { continue }
            do throws(SysError) { try write(setting, directory) } catch { throw .system(error) }
        }
    }

    private static func write(_ setting: CgroupSetting, _ directory: String) throws(SysError) {
        if let fallback = setting.fallback, !File.exists("\(directory)/\(setting.file)"),
            File.exists("\(directory)/\(fallback.file)")
        {
            return try File.write(fallback.value, toExisting: "\(directory)/\(fallback.file)")
        }
        try File.write(setting.value, toExisting: "\(directory)/\(setting.file)")
    }

    /// Removes directories, in this order, until all are gone or time is up.
    ///
    /// cgroupfs says EBUSY until the last process is buried. The kernel tells of that on version 2 only (and of
    /// the emptiness, not of the end of the burial), so this tries again, from every millisecond on to every 50.
    static func remove(_ directories: [String], limit: Duration) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var pause = Duration.milliseconds(1)
        var pending = directories
        while true {
            pending = try pending.filter { try !removeOnce($0) }
            if pending.isEmpty { return }
            guard clock.now < end else { throw CgroupError.busy(paths: pending, limit: limit) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    /// Removes a directory if it is empty; whether it is gone now.
    static func removeOnce(_ directory: String) throws(CgroupError) -> Bool {
        do throws(SysError) {
            try Directory.remove(directory)
            return true
        } catch  where error.code == .busy || error.code == .notEmpty {
            return false
        } catch {
            throw .system(error)
        }
    }
}

extension Throttling {
    /// Reads a table "cpu.stat".
    ///
    /// - Parameters:
    ///   - time: The name of the line that has the time.
    ///   - unit: Its unit in nanoseconds.
    init(_ table: [Substring: UInt64], time: Substring, unit: UInt64) {
        periods = table["nr_periods"] ?? 0
        throttledPeriods = table["nr_throttled"] ?? 0
        throttledTime = (table[time] ?? 0) &* unit
    }
}

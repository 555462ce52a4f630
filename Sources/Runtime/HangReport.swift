import Sys

/// What can still be seen of a Sentry that does not answer, for the log: it is about to be killed, and nobody can
/// look at it afterwards.
enum HangReport {
    /// Reads in what each thread sleeps or runs: proc_pid_stat(5), and the kernel function where it waits.
    ///
    /// - Returns: one line, as "2 threads S futex_wait_queue, 1 thread R"; empty when the process is gone.
    static func threads(of pid: Int32) -> String {
        var counts: [String: Int] = [:]
        for thread in (try? Directory.list("/proc/\(pid)/task")) ?? [] {
            let directory = "/proc/\(pid)/task/\(thread)"
            guard let stat = try? File.readText("\(directory)/stat"), let end = stat.lastIndex(of: ")")
            else { continue }
            // The name before the state may have blanks and brackets of its own.
            let state = stat[end...].dropFirst(2).prefix(1)
            let place = (try? File.readText("\(directory)/wchan")) ?? ""
            counts[place.isEmpty || place == "0" ? "\(state)" : "\(state) \(place)", default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) thread\($0.value == 1 ? "" : "s") \($0.key)" }
            .joined(separator: ", ")
    }
}

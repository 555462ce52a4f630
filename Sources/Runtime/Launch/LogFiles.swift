import OCI
import Sys

/// The files that gofer and Sentry write for whoever looks into them: logs, profiles and metrics.
///
/// The launcher opens them, because the processes have left the host's files before they write, and may be nobody.
struct LogFiles: Sendable {
    let launch: Launch
    /// `boot` or `gofer`.
    let command: String
    /// When the processes were started, which is part of names.
    private let time = Kernel.realTime()

    init(of launch: Launch, command: String) {
        self.launch = launch
        self.command = command
    }

    private static let logName = "runsc.log.%TIMESTAMP%.%COMMAND%.txt"
    private static let profiles = [
        ("profile-block", "profile-block-fd", "block.pprof"), ("profile-cpu", "profile-cpu-fd", "cpu.pprof"),
        ("profile-heap", "profile-heap-fd", "heap.pprof"),
        ("profile-mutex", "profile-mutex-fd", "mutex.pprof"), ("trace", "trace-fd", "trace"),
    ]

    /// Donates the logs that the configuration asks for.
    ///
    /// - Returns: the path of the log to which the process's standard error goes, if there is one.
    /// - Throws: `RuntimeError` naming the flag and the file.
    func donateLogs(to donations: inout Donations) throws(RuntimeError) -> String? {
        if let path = path("log") { donations.donate(global: "log-fd", try open(path, "log")) }
        var errors: String?
        if isDebugged, let path = path("debug-log", in: Self.logName) {
            donations.donate(global: "debug-log-fd", try open(path, "debug-log"))
            errors = path
        }
        if command == "boot", let path = path("panic-log", in: Self.logName, as: "panic") {
            donations.donate(global: "panic-log-fd", try open(path, "panic-log"))
            errors = path
        }
        return errors
    }

    /// Donates the log for whoever owns the pod, beside those of its containers: which system calls the Sentry lacks.
    ///
    /// - Throws: `RuntimeError` naming the file.
    func donateUserLog(to donations: inout Donations) throws(RuntimeError) {
        let directory = launch.spec.spec.annotations[Annotations.Key.sandboxLogDirectory] ?? ""
        guard !directory.isEmpty, launch.contract.boot("user-log-fd") else { return }
        donations.donate("user-log-fd", try open(directory + "/gvisor.log", "user-log"))
    }

    /// Donates the files for profiles and metrics.
    ///
    /// - Throws: as `donateLogs`.
    func donateProfiles(to donations: inout Donations) throws(RuntimeError) {
        for (flag, descriptor, name) in Self.profiles {
            guard var path = path(flag, in: "runsc-profile.\(name)") else { continue }
            // Each gofer has its own.
            if command == "gofer" { path += ".gofer.\(launch.id)" }
            donations.donate(descriptor, try open(path, flag, .truncate))
        }
        guard command == "boot" else { return }
        if let path = path("final-metrics-log") {
            donations.donate("final-metrics-log-fd", try open(path, "final-metrics-log", .truncate))
        }
        if let path = path("profiling-metrics-log", in: Self.logName, as: "metrics") {
            guard path != "-" else {
                throw RuntimeError(
                    .unsupported,
                    "flag \"profiling-metrics-log\": expected a file, not the container's output")
            }
            donations.donate("profiling-metrics-fd", try open(path, "profiling-metrics-log"))
        }
    }

    /// Whether `debug-command` includes the process: a list of commands, or behind "!" of those that are not.
    private var isDebugged: Bool {
        var list = launch.configuration.value("debug-command", launch.contract)[...]
        if list.isEmpty { return true }
        let excludes = list.hasPrefix("!")
        if excludes { list.removeFirst() }
        return list.split(separator: ",").contains(command[...]) != excludes
    }

    /// The file that a flag names, with what stands for a part of the name replaced; `nil` if the flag is not set.
    ///
    /// - Parameters:
    ///   - name: of the file, where the flag names a directory by a slash at its end.
    ///   - kind: what the file is for, if not for the command.
    private func path(_ flag: String, in name: String = "", as kind: String? = nil) -> String? {
        guard let pattern = launch.configuration.flags[flag], !pattern.isEmpty else { return nil }
        return (pattern.hasSuffix("/") ? pattern + name : pattern)
            .replacing("%TIMESTAMP%", with: timestamp).replacing("%COMMAND%", with: kind ?? command)
            .replacing("%CID%", with: launch.id).replacing("%TEST%", with: "")
    }

    /// As in 20261120-220115.687893.
    private var timestamp: String {
        let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let text = RFC3339.text(nanoseconds: seconds * 1_000_000_000).filter { !"-:Z".contains($0) }
        return text.replacing("T", with: "-") + "." + String(String(1_000_000 + rest / 1000).dropFirst())
    }

    private func open(_ path: String, _ flag: String, _ flags: OpenFlags = .append) throws(RuntimeError)
        -> OwnedFD
    {
        do throws(SysError) {
            try Directory.make(Path.split(path).directory, mode: 0o775)
            return try File.open(path, flags.union([.writeOnly, .create]), mode: 0o664)
        } catch {
            throw RuntimeError(.invalid, "flag \"\(flag)\"", cause: error)
        }
    }
}

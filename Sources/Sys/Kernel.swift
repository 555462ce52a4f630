internal import CSys
internal import Glibc

/// This process and its host.
package enum Kernel {
    package static var pid: Int32 { getpid() }
    package static var parentPID: Int32 { getppid() }
    package static var effectiveUID: UInt32 { geteuid() }

    /// The processors that are online.
    package static var processorCount: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// The time since 1970 in nanoseconds.
    package static func realTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// All variables of the environment, as "NAME=value".
    package static var environment: [String] {
        var variables: [String] = []
        var next = environ
        while let variable = next.pointee {
            variables.append(String(cString: variable))
            next += 1
        }
        return variables
    }

    package static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether a process with this id exists, a zombie included.
    package static func exists(_ pid: Int32) -> Bool {
        pid > 0 && (kill(pid, 0) == 0 || Errno.current == .notPermitted)
    }

    /// Sends a signal; a process that is gone is fine.
    package static func signal(_ pid: Int32, _ signal: Int32) throws(SysError) {
        guard pid > 0 else { return }
        do throws(SysError) {
            _ = try retrying("kill", "\(pid)") { kill(pid, signal) }
        } catch  where error.code == .noProcess {}
    }

    /// Ignores a signal in this process.
    ///
    /// A child of ours gets the default action back.
    package static func ignore(_ signals: [Int32]) {
        for signal in signals { Glibc.signal(signal, SIG_IGN) }
    }

    /// Sets the score by which the kernel chooses a process to kill when memory runs out: proc(5).
    package static func setOOMScoreAdjustment(_ value: Int, of pid: Int32) throws(SysError) {
        try File.write("\(value)", toExisting: "/proc/\(pid)/oom_score_adj")
    }

    /// Gives up the calling thread, without ending it.
    package static func park() -> Never {
        while true { pause() }
    }

    /// Ends the process at once.
    package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}

/// Signals by their number: signal(7).
package enum Signal {
    package static let hangup = SIGHUP
    package static let interrupt = SIGINT
    package static let quit = SIGQUIT
    package static let kill = SIGKILL
    package static let pipe = SIGPIPE
    package static let terminate = SIGTERM
    package static let user1 = SIGUSR1
    package static let windowChange = SIGWINCH
    package static let urgent = SIGURG
}

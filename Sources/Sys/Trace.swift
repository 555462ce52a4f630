internal import Glibc
internal import Synchronization

/// A timeline of what this process does, in the trace-event format that Chrome and Perfetto show.
///
/// Off, which it is unless the configuration names a file, a span costs one load of an atomic. Each event is one
/// write to the end of the file, so that a process that is killed leaves what it has done, and several may share it.
package enum Trace {
    /// The file's descriptor; -1 while off.
    private static let file = Atomic<Int32>(-1)
    private static let spans = Atomic<UInt64>(0)

    package static var isOn: Bool { file.load(ordering: .relaxed) >= 0 }

    /// Writes to a file from now on, for the rest of the process; a second call changes nothing.
    ///
    /// - Parameter path: Made if missing. The format is an array whose end may be missing.
    package static func begin(_ path: String) throws(SysError) {
        guard !isOn else { return }
        let isNew = !File.exists(path)
        let opened = try File.open(path, [.writeOnly, .create, .append], mode: 0o600)
        if isNew { try File.write(Array("[\n".utf8), to: opened, path) }
        file.store(opened.release(), ordering: .relaxed)
    }

    /// Notes when `body` begins and ends.
    ///
    /// - Parameter name: Is evaluated only when tracing is on.
    package static func span<Result, Failure>(
        _ name: @autoclosure () -> String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard isOn else { return try body() }
        let (name, id) = (name(), number())
        note("b", name, id)
        defer { note("e", name, id) }
        return try body()
    }

    /// Notes when an awaited `body` begins and ends.
    ///
    /// - Parameter name: Is evaluated only when tracing is on.
    package static func awaiting<Result>(
        _ name: @autoclosure () -> String, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        guard isOn else { return try await body() }
        let (name, id) = (name(), number())
        note("b", name, id)
        defer { note("e", name, id) }
        return try await body()
    }

    /// Notes that something has happened.
    package static func event(_ name: @autoclosure () -> String) {
        if isOn { note("n", name(), number()) }
    }

    private static func number() -> UInt64 { spans.add(1, ordering: .relaxed).newValue }

    /// Spans overlap in any way, because tasks do; hence they are events of their own ids, not of threads.
    private static func note(_ phase: String, _ name: String, _ id: UInt64) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let micros = Double(time.tv_sec) * 1e6 + Double(time.tv_nsec / 100) / 10
        let text = name.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        var line = """
            {"name":"\(text)","cat":"shim","ph":"\(phase)","id":\(id),"ts":\(micros),"pid":\(getpid()),"tid":\(getpid())},

            """
        line.withUTF8 { bytes in
            // A full disk costs the timeline, nothing else.
            _ = write(file.load(ordering: .relaxed), bytes.baseAddress, bytes.count)
        }
    }
}

import CTestSupport
import Glibc
import Synchronization

/// Every program that one process and its descendants execute, reported by the kernel as it happens.
package final class ExecWatch: Sendable {
    /// One execve(2) that succeeded.
    package struct Execution: Sendable, CustomStringConvertible {
        package let pid: Int32
        /// The parent, its parent, and so on, up to the watched process.
        package let ancestors: [Int32]
        /// The command line; empty when the process was gone before it could be read.
        package let arguments: [String]

        package var description: String {
            "\(pid) (of \(ancestors.first ?? 0)): \(arguments.isEmpty ? "gone" : arguments.joined(separator: " "))"
        }
    }

    private struct Seen {
        var parents: [Int32: Int32]
        var executions: [Execution] = []
        /// Processes outside the watched tree that ended, for `finish()`.
        var ended: Set<Int32> = []
        var failure: String?
    }

    private let seen: Watched<Seen>
    private let stopped = Atomic(false)
    private let descriptor: Descriptor

    /// Starts watching the descendants that `root` will have from now on.
    package init(root: Int32) throws {
        let fd = ts_process_events_open()
        guard fd >= 0 else { throw SetUpError(call: "process events", errno: -fd) }
        descriptor = Descriptor(fd)
        seen = Watched(Seen(parents: [root: 0]))
        inThread { [self] in read() }
    }

    /// Ends the watch and returns what was executed, in order.
    ///
    /// - Throws: when events were lost: then nothing can be said.
    package func finish() async throws -> [Execution] {
        // The kernel's queue is in order: when the end of a process started now is seen, all before it is.
        let marker = try RunningCommand("/bin/true", [])
        _ = try await marker.exitStatus(within: .seconds(10))
        try await seen.first("the end of the event stream", within: .seconds(10)) { seen in
            seen.ended.contains(marker.pid) || seen.failure != nil ? true : nil
        }
        stopped.store(true, ordering: .relaxed)
        if let failure = seen.current.failure { throw SetUpError(failure) }
        return seen.current.executions
    }

    private func read() {
        // Without it a process that lives a millisecond could be gone before its command line is read.
        _ = ts_thread_realtime()
        var event = ts_process_event()
        while !stopped.load(ordering: .relaxed) {
            let result = ts_process_events_next(descriptor.number, 100, &event)
            if result < 0 {
                seen.update { $0.failure = "process events: \(String(cString: strerror(-result)))" }
            }
            if result < 0 { return }
            note(event)
        }
    }

    private func note(_ event: ts_process_event) {
        switch ts_process_event_kind(rawValue: UInt32(event.kind)) {
        case TS_FORK:
            seen.update { if $0.parents[event.parent] != nil { $0.parents[event.pid] = event.parent } }
        case TS_EXEC where seen.current.parents[event.pid] != nil:
            let arguments = ProcessRecord(pid: event.pid)?.arguments ?? []
            seen.update { seen in
                var ancestors: [Int32] = []
                var next = seen.parents[event.pid] ?? 0
                while next != 0, ancestors.count < 64 {
                    ancestors.append(next)
                    next = seen.parents[next] ?? 0
                }
                seen.executions.append(Execution(pid: event.pid, ancestors: ancestors, arguments: arguments))
            }
        case TS_EXIT:
            seen.update { if $0.parents[event.pid] == nil { $0.ended.insert(event.pid) } }
        default:
            break
        }
    }
}

internal import CSys
internal import Glibc

/// How a process ended: the wait status of waitpid(2).
package struct WaitStatus: RawRepresentable, Sendable, Hashable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The signal that killed the process.
    package var signal: Int32? { rawValue & 0x7f == 0 ? nil : rawValue & 0x7f }

    /// The exit code, or 128 plus the signal, as shells and containerd count.
    package var exitCode: UInt32 {
        if let signal { return 128 + UInt32(signal) }
        return UInt32(rawValue >> 8 & 0xff)
    }
}

/// A child of ours.
///
/// It is reaped as soon as it ends, whoever waits or not.
package final class ChildProcess: Sendable {
    package let pid: Int32
    package let program: String
    private let pidfd: AsyncFD
    private let stages: [String]
    private let failure: OwnedFD
    private let exit = OneShot<WaitStatus>()

    init(pid: Int32, pidfd: AsyncFD, program: String, stages: [String], failure: OwnedFD) {
        self.pid = pid
        self.pidfd = pidfd
        self.program = program
        self.stages = stages
        self.failure = failure
        // The task holds the child until it has been reaped: one that nobody waits for is not left a zombie.
        Task { await reap() }
    }

    /// Waits for the end as pidfd_open(2) tells it, and takes the status.
    private func reap() async {
        var status: Int32 = 0
        var result = -EAGAIN
        repeat {
            // Where the kernel has nothing left to wait with, a look from time to time must do.
            if (try? await pidfd.ready(.read)) == nil { try? await Task.sleep(for: .milliseconds(100)) }
            // Does not wait: the descriptor is in non-blocking mode.
            result = csys_pidfd_wait(pidfd.raw, &status)
        } while result == -EAGAIN
        // Only a foreign waitpid(-1) can take the status from us; then the cause of death is unknown.
        exit.report(WaitStatus(rawValue: result == 0 ? status : SIGKILL))
    }

    /// Whether the child has ended, and how; does not wait.
    package var status: WaitStatus? { exit.value }

    /// Waits for the child's end.
    ///
    /// Any number of tasks may wait, also after the end.
    package func wait() async throws(CancellationError) -> WaitStatus { try await exit.wait() }

    /// Sends a signal; does nothing once the child has been reaped.
    package func kill(_ signal: Int32) { _ = pidfd.call { Int(csys_pidfd_send_signal($0, signal)) } }

    /// The ids of the child's threads, in the order in which it has made them; none once it has ended.
    package var threads: [Int32] {
        guard status == nil else { return [] }
        // proc_task_readdir() of the kernel goes through the list to whose end a new thread is added.
        return ((try? Directory.list("/proc/\(pid)/task")) ?? []).compactMap { Int32($0) }
    }

    /// The processor time that the child's threads have used; `nil` once it has ended.
    package var processorTime: Duration? {
        guard status == nil else { return nil }
        let time = csys_processor_time(pid)
        return time < 0 ? nil : .nanoseconds(time)
    }

    /// Sends a signal to one of the child's threads; does nothing once that has ended.
    package func kill(_ signal: Int32, thread: Int32) {
        guard status == nil else { return }
        _ = csys_thread_send_signal(pid, thread, signal)
    }

    /// Waits until the child runs its program.
    ///
    /// - Throws: `SpawnError` naming the step at which the child failed.
    package func executed() async throws {
        let pipe = try AsyncFD(failure)
        defer { pipe.close() }
        let report = try await pipe.read(upTo: MemoryLayout<csys_failure>.size)
        guard report.count == MemoryLayout<csys_failure>.size else { return }
        let failure = report.withUnsafeBytes { $0.loadUnaligned(as: csys_failure.self) }
        let stage = stages.indices.contains(Int(failure.step)) ? stages[Int(failure.step)] : "unknown step"
        throw SpawnError(program: program, stage: stage, code: Errno(rawValue: failure.error))
    }
}

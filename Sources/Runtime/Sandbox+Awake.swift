import Sys

extension Sandbox {
    /// Keeps the Go scheduler of the Sentry awake for the next moments, in which that starts a container or a process.
    ///
    /// A goroutine that waits in a system call keeps one of the scheduler's processors, of which there are as many as the
    /// sandbox has CPUs, until the runtime's monitor (sysmon) takes it away; and each connection to a gofer has one that does
    /// so from its beginning. A monitor that has found nothing to do for some milliseconds sleeps for ten, and it takes what
    /// it has seen twice. So with two CPUs and a container's first files there is nobody to go on with the start, for up to
    /// twenty milliseconds, though all of the machine is idle.
    ///
    /// SIGURG ends such a sleep. It is the signal that Go's runtime interrupts its own threads with, and of which it expects
    /// that others send it, too; gVisor does not forward it to the container (`StartSignalForwarding`).
    func stayAwake() {
        Task { [boot] in try await Self.wakeMonitor(of: boot) }
    }

    /// A Sentry that has not used more processor time than this in a millisecond waits for something.
    private static let idle = Duration.microseconds(50)
    /// A machine that takes longer to run who has slept is busy: the Sentry waits for one of its processors.
    private static let latency = Duration.microseconds(500)
    /// Enough for one start; what goes on after that waits for something else.
    private static let (wakes, bound) = (8, Duration.milliseconds(50))

    private static func wakeMonitor(of boot: ChildProcess) async throws {
        let clock = ContinuousClock()
        let end = clock.now + bound
        var (before, woken) = (Duration.zero, 0)
        while clock.now < end, woken < wakes {
            let due = clock.now + .milliseconds(1)
            try await Task.sleep(until: due, clock: clock)
            guard let used = boot.processorTime else { return }
            let isIdle = used - before < idle && clock.now < due + latency
            before = used
            guard isIdle else { continue }
            // The monitor is the first thread that a Go program makes.
            guard let monitor = boot.threads.dropFirst().first else { return }
            boot.kill(Signal.urgent, thread: monitor)
            woken += 1
        }
    }
}

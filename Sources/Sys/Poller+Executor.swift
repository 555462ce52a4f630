internal import CSys
internal import Glibc
internal import Synchronization

/// The poller's thread runs tasks, too: those that do with what they read no more than can be done at once.
///
/// A task that waits for a descriptor goes on where its readiness was noticed, and no other thread has to be woken for
/// it. What such a task does keeps all other descriptors waiting, so it must not block, nor compute for long.
extension Poller: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    /// Runs what has been enqueued so far; what that enqueues has its turn after the next look at the descriptors.
    func runJobs() {
        for job in jobs.takeAll() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

extension AsyncFD {
    /// The thread that waits for all descriptors, as an executor.
    ///
    /// - Throws: What making the thread failed with; it is made once.
    package static func executor() throws(SysError) -> any TaskExecutor {
        try Poller.shared.start()
        return Poller.shared
    }
}

/// What the poller's thread is to run.
final class PollerJobs: Sendable {
    private let waiting = Mutex<[UnownedJob]>([])
    private let waker = Atomic<Int32>(-1)
    private let thread = Atomic<UInt>(0)

    var isEmpty: Bool { waiting.withLock { $0.isEmpty } }

    /// - Parameter waker: Ends the wait of the thread; never closed, as the thread never ends.
    func setWaker(_ waker: Int32) { self.waker.store(waker, ordering: .releasing) }

    func runHereFromNowOn() { thread.store(UInt(pthread_self()), ordering: .relaxed) }

    func append(_ job: UnownedJob) {
        let first = waiting.withLock { waiting in
            waiting.append(job)
            return waiting.count == 1
        }
        // The thread itself looks before it waits, and whoever was first has woken it.
        guard first, UInt(pthread_self()) != thread.load(ordering: .relaxed) else { return }
        csys_wake(waker.load(ordering: .acquiring))
    }

    func takeAll() -> [UnownedJob] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}

internal import CSys
internal import Glibc
internal import Synchronization

/// One thread that waits for the readiness of all descriptors, and passes it on.
///
/// It is an executor as well, see `Poller+Executor.swift`.
///
/// Not Dispatch sources: they share what they know of a descriptor by its number, and a source that is made
/// while the last one for the same number is on its way out may never be watched; the wait is then lost.
final class Poller: Sendable {
    static let shared = Poller()

    /// Enough for the loop below, and for the handlers of calls that only look something up.
    private static let stackSize = 256 << 10
    /// What the waker is known by; never a descriptor's.
    private static let wakerToken: UInt64 = 0

    private let state = Mutex(State())
    let jobs = PollerJobs()

    private struct State {
        /// Made with the first descriptor, never closed.
        var epoll: Int32?
        /// Numbers are never used again, so an event that is late finds nobody.
        var nextToken: UInt64 = 1
        var watched: [UInt64: Watched] = [:]
    }

    private struct Watched {
        weak var descriptor: AsyncFD?
    }

    private init() {}

    /// Watches a descriptor for one event, which goes to `descriptor.becameReady`.
    ///
    /// - Parameters:
    ///   - raw: The descriptor's number.
    ///   - descriptor: Who is told; not kept alive.
    ///   - ready: CSYS_READABLE, CSYS_WRITABLE or both.
    /// - Returns: The token by which to go on watching.
    /// - Throws: `Errno.notPermitted` for a file that is always ready, as regular files are.
    func add(_ raw: Int32, _ descriptor: AsyncFD, _ ready: Int32) throws(SysError) -> UInt64 {
        try state.withLock { state throws(SysError) in
            let epoll = try start(&state)
            let token = state.nextToken
            _ = try retrying("epoll_ctl") { csys_epoll_add(epoll, raw, ready, token) }
            state.nextToken += 1
            state.watched[token] = Watched(descriptor: descriptor)
            return token
        }
    }

    /// Watches a descriptor for one more event.
    func rearm(_ raw: Int32, _ token: UInt64, _ ready: Int32) throws(SysError) {
        let epoll = state.withLock { $0.epoll } ?? -1
        _ = try retrying("epoll_ctl") { csys_epoll_rearm(epoll, raw, ready, token) }
    }

    /// Forgets a descriptor; to be called before it is closed.
    func remove(_ raw: Int32, _ token: UInt64) {
        state.withLock { state in
            state.watched[token] = nil
            // Fails only if somebody else has closed it, and then it is gone already.
            if let epoll = state.epoll { _ = csys_epoll_remove(epoll, raw) }
        }
    }

    /// Makes the thread, if there is none yet.
    func start() throws(SysError) {
        _ = try state.withLock { state throws(SysError) in try start(&state) }
    }

    private func start(_ state: inout State) throws(SysError) -> Int32 {
        if let epoll = state.epoll { return epoll }
        let epoll = OwnedFD(taking: try retrying("epoll_create1") { csys_epoll_create() })
        let waker = OwnedFD(
            taking: try retrying("eventfd") { csys_epoll_add_waker(epoll.raw, Self.wakerToken) })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        // No signal of the process is for this thread, which inherits the mask.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { _ in
                Poller.shared.run()
                return nil
            }, nil)
        if code != 0 { throw SysError("pthread_create", "", Errno(rawValue: code)) }
        jobs.setWaker(waker.release())
        let raw = epoll.release()
        state.epoll = raw
        return raw
    }

    private func run() {
        let epoll = state.withLock { $0.epoll } ?? -1
        var tokens = [UInt64](repeating: 0, count: 64)
        var ready = [Int32](repeating: 0, count: 64)
        Kernel.setName("poller")
        jobs.runHereFromNowOn()
        while true {
            let count = csys_epoll_wait(epoll, &tokens, &ready, 64, jobs.isEmpty ? -1 : 0)
            precondition(count >= 0 || errno == EINTR, "epoll_wait: \(Errno.current)")
            for index in 0..<max(Int(count), 0) {
                let descriptor = state.withLock { $0.watched[tokens[index]]?.descriptor }
                descriptor?.becameReady(ready[index])
            }
            runJobs()
        }
    }
}

package import OCI
package import Runtime
internal import Synchronization
internal import Sys

/// A container that does what a test tells it to, and writes down what it was asked.
package final class FakeContainer: Container {
    package let id: String
    package let pid: Int32 = 4242
    package let isRoot: Bool
    package let stdio: GuestStdio?
    /// Whether it behaves by itself: SIGKILL ends it, and every call takes a moment, never the same.
    private let isAlive: Bool

    private let log = EventLog()
    private let exit = Signalled<ContainerExit>()
    private let state: Mutex<State>

    struct State {
        var calls: [String] = []
        var failing: [String: any Error] = [:]
        var held: [String: Signalled<Void>] = [:]
        var execs: [Int32: Signalled<ContainerExit>] = [:]
        var execStdio: [Int32: GuestStdio] = [:]
        var next: Int32 = 2
        var statistics = Statistics()
        var isOutOfMemory = false
    }

    package init(id: String, isRoot: Bool, isAlive: Bool = false, stdio: GuestStdio?) {
        self.isAlive = isAlive
        self.id = id
        self.isRoot = isRoot
        // As the real one: the sandbox has copies, the originals stay the caller's.
        self.stdio = stdio.flatMap(Self.copy)
        state = Mutex(State())
    }

    // MARK: for the test

    package var calls: [String] { state.withLock { $0.calls } }
    package func fail(_ call: String, _ error: (any Error)?) { state.withLock { $0.failing[call] = error } }

    /// Waits until the container has been asked for a call.
    package func called(_ call: String) async { await log.wait(for: call) }

    /// Makes a call wait until the returned signal is given.
    package func hold(_ call: String) -> Signalled<Void> {
        let signal = Signalled<Void>()
        state.withLock { $0.held[call] = signal }
        return signal
    }

    package func end(_ code: UInt32) { exit.set(ContainerExit(code: code, time: 1000)) }
    package func endExec(_ pid: Int32, _ code: UInt32) {
        state.withLock { $0.execs[pid] }?.set(ContainerExit(code: code, time: 500))
    }
    package func execStdio(_ pid: Int32) -> GuestStdio? { state.withLock { $0.execStdio[pid] } }
    package func forgetExecStdio(_ pid: Int32) { state.withLock { $0.execStdio[pid] = nil } }
    package func outOfMemory() -> Bool { state.withLock { $0.isOutOfMemory } }
    package func setOutOfMemory() { state.withLock { $0.isOutOfMemory = true } }
    package func set(_ statistics: Statistics) { state.withLock { $0.statistics = statistics } }

    package static func copy(_ stdio: GuestStdio) -> GuestStdio? {
        switch stdio {
        case .terminal(let slave): (try? slave.duplicate()).map { .terminal($0) }
        case .files(let input, let output, let error):
            if let input = try? input.duplicate(), let output = try? output.duplicate(),
                let error = try? error.duplicate()
            {
                .files(input: input, output: output, error: error)
            } else {
                nil
            }
        }
    }

    // MARK: Container

    private func call(_ name: String) async throws {
        let verb = String(name.prefix { $0 != " " })
        let (failure, held) = state.withLock { state in
            state.calls.append(name)
            return (state.failing[verb], state.held[verb])
        }
        log.add(verb)
        await held?.value()
        if isAlive { for _ in 0..<Int.random(in: 0...4) { await Task.yield() } }
        if let failure { throw failure }
    }

    package func start() async throws { try await call("start") }
    package func wait() async -> ContainerExit { await exit.value() }
    package func exec(_ process: Spec.Process, stdio: GuestStdio) async throws -> Int32 {
        try await call("exec \(process.args.joined(separator: " "))")
        return state.withLock { state in
            defer { state.next += 1 }
            state.execs[state.next] = Signalled()
            state.execStdio[state.next] = Self.copy(stdio)
            return state.next
        }
    }
    package func waitExec(_ pid: Int32) async -> ContainerExit {
        await state.withLock { $0.execs[pid] }?.value() ?? ContainerExit(code: 255, time: 0)
    }
    package func signal(_ signal: Int32, to target: SignalTarget) async throws {
        try await call("signal \(signal) \(target)")
        if isAlive && signal == 9 { end(137) }
    }
    package func processes() async throws -> [ProcessEntry] {
        try await call("processes")
        return [ProcessEntry(pid: 1, parent: 0, uid: 0, command: "init")]
            + state.withLock { $0.execs.keys.sorted() }.map {
                ProcessEntry(pid: $0, parent: 0, uid: 0, command: "exec")
            }
    }
    package func status() async throws -> ContainerStatus { .running }
    package func pause() async throws { try await call("pause") }
    package func resume() async throws { try await call("resume") }
    package func checkpoint(to imagePath: String, leaveRunning: Bool) async throws {
        try await call("checkpoint \(imagePath)\(leaveRunning ? " leaving it running" : "")")
    }
    package func statistics() async throws -> Statistics {
        try await call("statistics")
        return state.withLock { $0.statistics }
    }
    package func sandboxStatistics() -> Statistics { state.withLock { $0.statistics } }
    package func update(_ resources: Spec.LinuxResources) async throws { try await call("update") }
    package func destroy() async throws {
        try await call("destroy")
        exit.set(ContainerExit(code: 137, time: 2000))
    }
}

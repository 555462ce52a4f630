import OCI
import Sys

/// One Sentry process and the way to talk to it.
///
/// All containers of a pod share one.
package final class Sandbox: Sendable {
    /// The id of its own container.
    package let id: String
    /// The Sentry's calls.
    package let sentry: Sentry
    let boot: ChildProcess
    let control: ControlSocket
    let errors: Diagnostics
    /// What the root container was launched with: subcontainers get the same configuration.
    let launch: Launch
    let members = SandboxMembers()
    /// Of a pod without a limit of its own.
    private let memory: PodMemory?
    let oomKills: OOMKills
    let pause = SandboxPause()
    /// Known once the Sentry is gone and its addresses are the host's again.
    let networkReturned = OneShot<Void>()

    init(_ launched: LaunchedBoot, launch: Launch) {
        id = launch.id
        boot = launched.process
        control = launched.control
        errors = launched.errors
        self.launch = launch
        memory = launch.hasMemoryLimit ? nil : PodMemory()
        oomKills = OOMKills(before: launch.oomKillsBefore)
        sentry = Sentry(
            client: ControlClient(addresses: launched.control.addresses), contract: launch.contract,
            bounds: launch.configuration.bounds)
    }

    /// Whether the limits of the containers make that of the sandbox, which has none itself.
    var isLimitedByContainers: Bool { memory != nil }

    /// Has the limit of memory follow the containers: one is about to start.
    func limitMemory(starting id: String, gofer: Int32?) async throws(CgroupError) {
        guard let memory, let cgroup = launch.cgroup else { return }
        memory.starts(id, gofer: gofer, in: cgroup)
        try await memory.limit(members.memoryLimit, of: cgroup)
    }

    /// Has the limit of memory follow the containers: one has got other limits, or is no more.
    func limitMemory(without id: String? = nil) async throws(CgroupError) {
        guard let memory, let cgroup = launch.cgroup else { return }
        if let id { memory.leaves(id) }
        try await memory.limit(members.memoryLimit, of: cgroup)
    }

    /// Waits until the control server answers.
    ///
    /// - Throws: an error with the last words of the processes when they ended instead.
    func awaitReady(_ boot: LaunchedBoot, gofer: LaunchedGofer?) async throws {
        let bounds = launch.configuration.bounds
        let sync = try AsyncFD(boot.startSync)
        defer { sync.close() }
        do {
            try await withDeadline(bounds.start, "start of the sandbox") {
                try await Trace.awaiting("the Sentry's exec") { try await boot.process.executed() }
                try await Trace.awaiting("the gofer's exec") { try await gofer?.process.executed() }
                try await Trace.awaiting("the Sentry gets ready") {
                    if try await sync.read(upTo: 1).isEmpty {
                        throw RuntimeError(.failed, "the sandbox ended before it was ready")
                    }
                }
            }
        } catch let error as SpawnError {
            guard let outOfMemory else { throw error }
            throw RuntimeError(.failed, outOfMemory, cause: error)
        } catch let error as DeadlineExceeded {
            // Nothing more is to come of them than what they have said.
            boot.process.kill(Signal.kill)
            gofer?.process.kill(Signal.kill)
            let words = await Self.lastWords(boot, gofer, bounds, killed: true)
            throw RuntimeError(.failed, withOutOfMemory(words), cause: error)
        } catch {
            let words = await Self.lastWords(boot, gofer, bounds)
            throw RuntimeError(.failed, withOutOfMemory(words), cause: error)
        }
    }

    private func withOutOfMemory(_ words: String) -> String {
        outOfMemory.map { "\($0); \(words)" } ?? words
    }

    /// Says so when the kernel has killed processes of the sandbox for want of memory; nil when it has not.
    var outOfMemory: String? {
        guard let cgroup = launch.cgroup, cgroup.oomKills() > oomKills.before else { return nil }
        let limit = cgroup.memoryLimit().map { ", which may use \($0) bytes" } ?? ""
        return "out of memory: the kernel has killed processes of the sandbox\(limit)"
    }

    /// What is known of why the Sentry ended or does not answer, behind a colon: what it has said on standard error.
    var reason: String {
        let words = [outOfMemory ?? "", errors.summary()].filter { !$0.isEmpty }
        return words.isEmpty ? "" : ": " + words.joined(separator: "; ")
    }

    /// What the processes said before they ended, which may be a moment from now.
    private static func lastWords(
        _ boot: LaunchedBoot, _ gofer: LaunchedGofer?, _ bounds: Bounds, killed: Bool = false
    ) async -> String {
        var words: [String] = []
        let booted = try? await withDeadline(bounds.lastWords, "boot") { try await boot.process.wait() }
        // A gofer whose end is the reason has ended by now; another would go on for as long as we hold its sockets.
        let served = try? await withDeadline(.milliseconds(200), "gofer") { try await gofer?.process.wait() }
        for (name, status, errors) in [
            ("runsc gofer", served ?? nil, gofer?.errors), ("runsc boot", booted, boot.errors),
        ] {
            let said = errors?.summary() ?? ""
            if said.isEmpty && (status == nil || killed) { continue }
            let how =
                switch status {
                case _ where killed: "did not get ready"
                case nil: "still runs"
                case let status?:
                    status.signal.map { "was killed by signal \($0)" } ?? "exited with \(status.exitCode)"
                }
            words.append(said.isEmpty ? "\(name) \(how)" : "\(name) \(how): \(said)")
        }
        return words.isEmpty ? "the sandbox did not start" : words.joined(separator: "; ")
    }

    /// How the Sentry ended, when its control socket says that it is gone: the kernel closes a dying process's sockets
    /// a moment before its parent can see the end.
    func endStatus() async -> WaitStatus? {
        try? await withDeadline(.milliseconds(500), "end of the sandbox") { [boot] in try await boot.wait() }
    }

    /// Ends the Sentry's process, at once.
    func kill() { boot.kill(Signal.kill) }
}

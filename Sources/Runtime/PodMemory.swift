import OCI
import Sys
import Synchronization

/// The memory limit of a pod that has none itself, but whose containers all have one.
///
/// A host with a cgroup for each container would hold each to its own limit. Here all are in one, so the pod is held to the
/// sum, and what the sandbox needs for itself comes on top: what it had taken when the first container was about to
/// start, and the gofers that came later.
final class PodMemory: Sendable {
    private struct State: Sendable {
        /// Bytes that the sandbox itself needs.
        var own: UInt64 = 0
        /// The containers that have been started, and what each has added to `own`.
        var started: [String: UInt64] = [:]
        var isLimited = false
    }

    private let state = Mutex(State())

    /// Counts a container that is about to start.
    func starts(_ id: String, gofer: Int32?, in cgroup: any Cgroup) {
        state.withLock { state in
            if state.started.isEmpty {
                state.own = cgroup.memoryInUse()
                state.started[id] = 0
            } else {
                let cost = gofer.flatMap(Self.anonymousMemory) ?? 0
                state.own += cost
                state.started[id] = cost
            }
        }
    }

    /// Takes note that a container is no more.
    func leaves(_ id: String) {
        state.withLock { state in state.own -= state.started.removeValue(forKey: id) ?? 0 }
    }

    /// Sets the limit, or takes away what was set.
    ///
    /// One below what is in use is not set: version 2 of cgroups would kill at once. The next change tries again.
    ///
    /// - Parameter sum: of the containers' limits; nil if one has none, or there is no container.
    func limit(_ sum: Int64?, of cgroup: any Cgroup) async throws(CgroupError) {
        let limit = state.withLock { state -> Int64? in
            guard let sum, !state.started.isEmpty else {
                defer { state.isLimited = false }
                return state.isLimited ? -1 : nil
            }
            let (limit, overflow) = sum.addingReportingOverflow(Int64(clamping: state.own))
            guard !overflow, UInt64(limit) >= cgroup.memoryInUse() else { return nil }
            state.isLimited = true
            return limit
        }
        guard let limit else { return }
        var resources = Spec.LinuxResources()
        resources.memory = .unlimited
        resources.memory?.limit = limit
        try await cgroup.update(resources)
    }

    /// The memory of a process that is no file's: proc_pid_status(5).
    private static func anonymousMemory(of pid: Int32) -> UInt64? {
        let line = (try? File.readText("/proc/\(pid)/status"))?.split(separator: "\n").first {
            $0.hasPrefix("RssAnon:")
        }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt64($0) }.map {
            $0 * 1024
        }
    }
}

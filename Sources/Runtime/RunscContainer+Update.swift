package import OCI
import Synchronization
import Sys

extension RunscContainer {
    /// Changes the limits of the container.
    ///
    /// Only the sandbox has a cgroup: its own container's limits go there as they are, those of the others by
    /// their sum, and memory with what the sandbox needs itself where the pod has no limit.
    package func update(_ resources: Spec.LinuxResources) async throws {
        try await shielded { [self] in try await apply(resources) }
    }

    private func apply(_ resources: Spec.LinuxResources) async throws {
        guard let cgroup = sandbox.launch.cgroup else {
            throw RuntimeError(.unsupported, "update of container \(id): cgroups are ignored")
        }
        var sum = sandbox.members.update(id, resources)
        if isRoot {
            try await cgroup.update(resources)
        } else {
            if sandbox.isLimitedByContainers { sum.memory = nil }
            try await cgroup.update(sum)
            try await sandbox.limitMemory()
        }
        guard let shown = cgroupForOnlookers else { return }
        do throws(CgroupError) { try await shown.update(resources) } catch {
            warn("cgroup of container \(id), which is for onlookers: \(error)")
        }
    }

    /// Sets by what the kernel chooses whom to kill when memory runs out: of the Sentry the lowest score of its
    /// containers, of the gofer its own container's.
    ///
    /// A launcher without the capability cannot lower a score; that is worth a warning, not a container.
    func adjustOOMScores() {
        var scores: [(pid: Int32, score: Int)] = []
        // What has ended has no score any more, and its number may be another's.
        if sandbox.boot.status == nil, let score = sandbox.members.oomScore {
            scores.append((sandbox.boot.pid, score))
        }
        if let own = launch.spec.spec.process?.oomScoreAdj, let gofer { scores.append((gofer, Int(own))) }
        for (pid, score) in scores {
            do throws(SysError) { try Kernel.setOOMScoreAdjustment(score, of: pid) } catch
                where [.noEntry, .noProcess].contains(error.code)
            {
                // It is just ending.
            } catch {
                warn("oom score of container \(id): \(error)")
            }
        }
    }

    package func outOfMemory() -> Bool {
        guard let killed = sandbox.launch.cgroup?.oomKills() else { return false }
        return sandbox.oomKills.isNews(killed, sandboxEnded: sandbox.boot.status != nil)
    }
}

/// The count of processes killed for want of memory, and how much of it has been told.
final class OOMKills: Sendable {
    let before: UInt64
    private let told: Mutex<UInt64>

    init(before: UInt64) {
        self.before = before
        told = Mutex(before)
    }

    /// Whether the count has grown.
    ///
    /// One container is told of it; when it was the sandbox's end, every one.
    func isNews(_ count: UInt64, sandboxEnded: Bool) -> Bool {
        told.withLock { told in
            guard count > told else { return false }
            if !sandboxEnded { told = count }
            return true
        }
    }
}

import OCI
import Synchronization

/// What the containers of one sandbox want of the host, which has only the sandbox to give it to.
final class SandboxMembers: Sendable {
    private struct Member: Sendable {
        var resources: Spec.LinuxResources
        let oomScore: Int32?
        /// Whether it only holds the pod's place, as the first container of a pod does.
        let isPlaceholder: Bool
        var hasEnded = false

        /// Whether it uses anything.
        var counts: Bool { !isPlaceholder && !hasEnded }
    }

    private let members = Mutex<[String: Member]>([:])

    func join(_ id: String, _ spec: Spec) {
        let isPlaceholder = Annotations(spec.annotations).isOfPodSandbox
        let member = Member(
            resources: spec.linux?.resources ?? Spec.LinuxResources(),
            oomScore: spec.process?.oomScoreAdj, isPlaceholder: isPlaceholder)
        members.withLock { $0[id] = member }
    }

    /// How many containers there are, those included that have ended and are not deleted.
    var count: Int { members.withLock { $0.count } }

    func leave(_ id: String) { members.withLock { $0[id] = nil } }

    /// Takes note that a container has ended, which does not count any more; CRI-O deletes it long afterwards.
    func end(_ id: String) { members.withLock { $0[id]?.hasEnded = true } }

    /// The limits of one container, as its spec or the last update has them.
    func resources(of id: String) -> Spec.LinuxResources? { members.withLock { $0[id]?.resources } }

    /// The lowest score of all containers; a placeholder's, which is always very low, does not count.
    var oomScore: Int? {
        members.withLock { members in
            members.values.filter(\.counts).compactMap { $0.oomScore.map(Int.init) }.min()
        }
    }

    /// The sum of the containers' memory limits, if all have one.
    var memoryLimit: Int64? {
        members.withLock { members in
            let limits = members.values.filter(\.counts).map { $0.resources.memory?.limit }
            return limits.isEmpty ? nil : Self.total(limits)
        }
    }

    /// Takes note of new limits of a container, and gives what they make of the sandbox's.
    ///
    /// A limit that the update names becomes the sum over the containers. While one of them has none, the
    /// sandbox's stays as it is: that of the pod, if the pod has one.
    func update(_ id: String, _ change: Spec.LinuxResources) -> Spec.LinuxResources {
        members.withLock { members in
            members[id]?.resources.take(change)
            let all = members.values.filter(\.counts).map(\.resources)
            return Self.sum(of: all, for: change)
        }
    }

    private static func sum(of all: [Spec.LinuxResources], for change: Spec.LinuxResources)
        -> Spec.LinuxResources
    {
        var sum = Spec.LinuxResources()
        if let limit = change.memory?.limit, limit > 0, let total = total(all.map { $0.memory?.limit }) {
            sum.memory = .unlimited
            sum.memory?.limit = total
        }
        if let change = change.cpu {
            var cpu = Spec.LinuxResources.CPU.unlimited
            if let shares = change.shares, shares > 0 {
                cpu.shares = all.reduce(0) { $0 + ($1.cpu?.shares ?? 2) }
            }
            if let quota = change.quota, quota > 0, let total = total(all.map { $0.cpu?.quotaPerPeriod }) {
                cpu.quota = total
                cpu.period = Spec.LinuxResources.CPU.commonPeriod
            }
            cpu.cpus = union(all.map { $0.cpu?.cpus ?? "" })
            cpu.mems = union(all.map { $0.cpu?.mems ?? "" })
            sum.cpu = cpu
        }
        if let limit = change.pids?.limit, limit > 0, let total = total(all.map { $0.pids?.limit }) {
            sum.pids = .unlimited
            sum.pids?.limit = total
        }
        return sum
    }

    /// The sum, if every container has a limit.
    private static func total(_ limits: [Int64?]) -> Int64? {
        var sum: Int64 = 0
        for limit in limits {
            guard let limit, limit > 0 else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(limit)
            guard !overflow else { return nil }
            sum = next
        }
        return sum
    }

    /// The processors of all lists together; none if a container may run on any.
    private static func union(_ lists: [String]) -> String {
        lists.contains("") ? "" : Set(lists).sorted().joined(separator: ",")
    }
}

extension Spec.LinuxResources.CPU {
    /// The period, in microseconds, that quotas of different ones are converted to.
    fileprivate static let commonPeriod: UInt64 = 100_000

    fileprivate var quotaPerPeriod: Int64? {
        guard let quota, quota > 0 else { return nil }
        let period = period ?? Self.commonPeriod
        return period == 0 ? quota : Int64(Double(quota) / Double(period) * Double(Self.commonPeriod))
    }
}

extension Spec.LinuxResources {
    /// Takes over what an update names: what is absent or zero there stays.
    fileprivate mutating func take(_ change: Spec.LinuxResources) {
        if let limit = change.memory?.limit, limit != 0 {
            memory = memory ?? Memory.unlimited
            memory?.limit = limit
        }
        if let new = change.cpu {
            var kept = cpu ?? CPU.unlimited
            if let shares = new.shares, shares != 0 { kept.shares = shares }
            if let quota = new.quota, quota != 0 { kept.quota = quota }
            if let period = new.period, period != 0 { kept.period = period }
            if !new.cpus.isEmpty { kept.cpus = new.cpus }
            if !new.mems.isEmpty { kept.mems = new.mems }
            cpu = kept
        }
        if let limit = change.pids?.limit, limit != 0 {
            pids = pids ?? Pids.unlimited
            pids?.limit = limit
        }
    }
}

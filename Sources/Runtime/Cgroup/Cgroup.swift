package import OCI
package import Sys

/// The cgroup of a sandbox: where its processes are counted and limited.
///
/// Only the Sentry and the gofers live in it; what runs inside is theirs, so one cgroup limits the whole pod.
/// All calls but `update` and `remove` are a few reads and writes of cgroupfs and do not wait for anybody.
package protocol Cgroup: Sendable {
    /// The form for the state file, from which `CgroupHost.open` makes this value again.
    var record: CgroupRecord { get }

    /// How a new child gets into the cgroup; to be asked for once for each child.
    func placement() throws(CgroupError) -> CgroupPlacement

    /// Changes limits, whoever made the cgroup; nil fields stay as they are.
    func update(_ resources: Spec.LinuxResources) async throws(CgroupError)

    /// Hears that the sandbox's processes are in, and run their programs.
    func isOccupied()

    /// The CPU time that was used so far, in nanoseconds; 0 where it is not counted.
    func cpuTotal() -> UInt64

    /// What is used at the moment. What this host does not count is zero.
    func usage() -> Statistics

    /// The memory in bytes that the processes have and the kernel cannot take back: all but the caches of files.
    func memoryInUse() -> UInt64

    /// How many of the processes the kernel has killed for want of memory, be it here, above or on the whole host.
    func oomKills() -> UInt64

    /// The number of CPUs that the processes may run on; nil if nothing limits it.
    func cpuSetCount() -> Int?

    /// How much CPU time the processes may use; nil if nothing limits it.
    func cpuQuota() -> CPUQuota?

    /// The memory in bytes that the processes may use; nil if nothing limits it.
    func memoryLimit() -> UInt64?

    /// Removes the directories that were made for this sandbox, and no others.
    ///
    /// A directory stays busy until the kernel has buried the last process, hence it is tried again until `limit`.
    /// What is not there any more is fine.
    func remove(limit: Duration) async throws
}

extension Cgroup {
    /// To most it makes no difference.
    package func isOccupied() {}

    /// Removes the directories within the five seconds that stock takes.
    package func remove() async throws { try await remove(limit: .seconds(5)) }

    /// The number of CPUs that the Sentry is to show; nil leaves it to the Sentry.
    ///
    /// - Parameter fromQuota: Whether a quota of time lowers it. It never goes below two: programs that see one
    ///   CPU leave out locks that they need after all.
    /// - Returns: The number, if anything limits it.
    package func cpuCount(fromQuota: Bool) -> Int? {
        let set = cpuSetCount()
        guard fromQuota, let quota = cpuQuota() else { return set }
        let fromQuota = max(2, Int(quota.cpus.rounded(.up)))
        return min(set ?? fromQuota, fromQuota)
    }
}

/// A limit of CPU time: so much in each period, both in microseconds.
package struct CPUQuota: Sendable, Equatable {
    /// Microseconds of CPU time in each period.
    package var quota: Int64
    /// The length of a period in microseconds.
    package var period: Int64

    /// The number of CPUs that it is worth.
    package var cpus: Double { Double(quota) / Double(period) }
}

/// How a child gets into a cgroup before it runs its program.
package enum CgroupPlacement: Sendable {
    /// The child writes "0" (itself) to each of these files, opened by someone who may.
    case write([(file: OwnedFD, path: String)])
    /// The child is cloned into this directory.
    case cloneInto(OwnedFD)

    /// Puts the child of a plan into the cgroup, before anything else that it does.
    package func apply(to plan: inout SpawnPlan) {
        switch self {
        case .write(let files):
            plan.steps = files.map { .write("0", to: $0.file, path: $0.path) } + plan.steps
        case .cloneInto(let directory): plan.cgroup = directory
        }
    }
}

/// Why a cgroup cannot be made, used or removed.
package enum CgroupError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No cgroup hierarchy is mounted.
    case noHierarchy
    /// The path looks like one for systemd's driver, but is none.
    case badSystemdPath(String, expected: String)
    /// The path would leave the hierarchy, or is none.
    case badPath(String)
    /// The configuration wants systemd to make the cgroup, but the path says nothing that it could make.
    case noSystemdPath(String)
    /// systemd did not make, change or remove the cgroup.
    case systemd(SystemdError)
    /// The process that keeps a scope until the sandbox is in it could not be started.
    case noPlaceholder(String)
    /// No hierarchy has a cgroup of this path.
    case noSuchCgroup(String)
    /// A value of the spec cannot be expressed.
    case badLimit(String)
    /// A limit needs a controller that the host or the parent cgroup does not offer.
    case missingController(String, path: String)
    /// A call on cgroupfs failed.
    case system(SysError)
    /// Directories were still in use when time was up.
    case busy(paths: [String], limit: Duration)

    package var description: String {
        switch self {
        case .noHierarchy:
            "no cgroup hierarchy is mounted"
        case .badSystemdPath(let path, let expected):
            "linux.cgroupsPath \"\(path)\": expected \(expected)"
        case .badPath(let path):
            "cgroup path \"\(path)\" is empty or has \"..\" in it"
        case .noSystemdPath(let path):
            "linux.cgroupsPath \"\(path)\": expected slice:prefix:name, because systemd-cgroup is configured"
        case .systemd(let error):
            "cgroup: \(error)"
        case .noPlaceholder(let reason):
            "cgroup: \(reason)"
        case .noSuchCgroup(let path):
            "cgroup path \"\(path)\": no such cgroup in any hierarchy"
        case .badLimit(let reason):
            "cgroup limit: \(reason)"
        case .missingController(let controller, let path):
            "cgroup \(path): a limit needs the controller \"\(controller)\", which is not available there"
        case .system(let error):
            "cgroup: \(error)"
        case .busy(let paths, let limit):
            "cgroup \(paths.joined(separator: ", ")): still in use after \(limit)"
        }
    }
}

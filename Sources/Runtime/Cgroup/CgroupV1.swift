internal import OCI
internal import Sys

/// A cgroup of version 1: one directory of the same name in the hierarchy of each controller.
struct CgroupV1: Cgroup {
    let host: CgroupHost
    /// The path as in the spec.
    let name: String
    /// Where a relative name starts, by controller.
    let parents: [String: String]
    /// The controllers whose directory was made for this sandbox.
    ///
    /// Directories above it are shared with others, who may be about to use them, and stay.
    var own: Set<String>

    /// - Parameter isMade: Whether systemd has made directories for this sandbox already, where it wanted to.
    static func create(
        name: String, on host: CgroupHost, _ resources: Spec.LinuxResources?, isMade: Bool = false
    ) throws(CgroupError) -> CgroupV1 {
        let parents = name.hasPrefix("/") ? [:] : host.v1.mapValues(\.own)
        var cgroup = CgroupV1(host: host, name: name, parents: parents, own: [])
        // All are looked at before the first is made: controllers that share a hierarchy share the directory.
        let missing = cgroup.directories.filter { !File.exists($0.value) }
        if isMade { cgroup.own = Set(cgroup.directories.keys).subtracting(missing.keys) }
        let settings = resources.map(CgroupSetting.v1) ?? []
        for setting in settings where host.v1[setting.controller] == nil {
            throw .missingController(setting.controller, path: name)
        }
        do throws(CgroupError) {
            for (controller, directory) in missing.sorted(by: { $0.key < $1.key }) {
                do throws(SysError) {
                    try Directory.make(directory, mode: 0o755)
                } catch
                    where error.code == .readOnly
                    && !settings.contains(where: { $0.controller == controller })
                {
                    continue
                } catch {
                    throw .system(error)
                }
                cgroup.own.insert(controller)
                if controller == "cpuset" { try cgroup.inheritCPUSet(directory) }
            }
            let own = cgroup.own
            let wanted = settings.filter { own.contains($0.controller) }
            try CgroupFiles.apply(wanted, to: name) { cgroup.directory($0) }
        } catch {
            for directory in cgroup.ownDirectories { _ = try? CgroupFiles.removeOnce(directory) }
            throw error
        }
        return cgroup
    }

    /// A new cpuset has no CPUs and no memory and takes no process until it has both, and so have those between.
    private func inheritCPUSet(_ directory: String) throws(CgroupError) {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            _ = try Self.inherited(directory + "/" + file, below: host.v1["cpuset"]?.mountpoint ?? "/")
        }
    }

    private static func inherited(_ path: String, below mountpoint: String) throws(CgroupError) -> String {
        let (directory, file) = Path.split(path)
        guard let text = try CgroupFiles.existingText(path) else { return "" }
        guard text.isEmpty, directory != mountpoint, directory.hasPrefix(mountpoint) else { return text }
        let value = try inherited(Path.split(directory).directory + "/" + file, below: mountpoint)
        guard !value.isEmpty else { return "" }
        do throws(SysError) { try File.write(value, toExisting: path) } catch { throw .system(error) }
        return value
    }

    // MARK: - Directories

    func directory(_ controller: String) -> String? {
        guard let hierarchy = host.v1[controller] else { return nil }
        let relative = [parents[controller] ?? "", name].flatMap { $0.split(separator: "/") }
        return hierarchy.mountpoint + relative.map { "/" + $0 }.joined()
    }

    private var directories: [String: String] {
        var directories: [String: String] = [:]
        for controller in host.v1.keys { directories[controller] = directory(controller) }
        return directories
    }

    private var ownDirectories: [String] { Set(own.compactMap(directory)).sorted() }

    // MARK: - Cgroup

    var record: CgroupRecord { .v1(name: name, parents: parents, own: own) }

    func placement() throws(CgroupError) -> CgroupPlacement {
        var files: [(file: OwnedFD, path: String)] = []
        for directory in Set(directories.values).sorted() {
            // Not cgroup.procs, which is the same for a child of one thread: to move a whole process the kernel stops
            // every fork and exit on the host, and for that waits for an RCU grace period, some 10 ms.
            let path = directory + "/tasks"
            do throws(SysError) {
                files.append((try File.open(path, [.writeOnly]), path))
            } catch  where error.code == .noEntry && !File.exists(directory) {
                // The hierarchy is read-only here and was passed over in `create`.
            } catch {
                throw .system(error)
            }
        }
        return .write(files)
    }

    func update(_ resources: Spec.LinuxResources) throws(CgroupError) {
        try CgroupFiles.apply(CgroupSetting.v1(resources), to: name) { directory($0) }
    }

    func remove(limit: Duration) async throws {
        try await CgroupFiles.remove(ownDirectories, limit: limit)
    }
}

// MARK: - Reading

extension CgroupV1 {
    private func number<Integer: FixedWidthInteger>(_ controller: String, _ file: String) -> Integer? {
        directory(controller).flatMap { CgroupFiles.number($0 + "/" + file) }
    }

    func cpuTotal() -> UInt64 { number("cpuacct", "cpuacct.usage") ?? 0 }

    func usage() -> Statistics {
        var usage = Statistics()
        usage.cpuTotal = cpuTotal()
        usage.cpuUser = number("cpuacct", "cpuacct.usage_user") ?? 0
        usage.cpuKernel = number("cpuacct", "cpuacct.usage_sys") ?? 0
        if let cpu = directory("cpu") {
            usage.throttling = Throttling(
                CgroupFiles.table(cpu + "/cpu.stat"), time: "throttled_time", unit: 1)
        }
        usage.memoryUsage = number("memory", "memory.usage_in_bytes") ?? 0
        usage.memoryLimit = number("memory", "memory.limit_in_bytes") ?? 0
        usage.memoryPeak = number("memory", "memory.max_usage_in_bytes") ?? 0
        usage.pids = number("pids", "pids.current") ?? 0
        usage.pidsLimit = number("pids", "pids.max") ?? 0
        return usage
    }

    func memoryInUse() -> UInt64 {
        guard let directory = directory("memory"),
            let used: UInt64 = CgroupFiles.number(directory + "/memory.usage_in_bytes")
        else { return 0 }
        return CgroupFiles.withoutFiles(used, CgroupFiles.table(directory + "/memory.stat"))
    }

    /// Counted where the victim is, whoever's limit it was.
    func oomKills() -> UInt64 {
        directory("memory").flatMap { CgroupFiles.table($0 + "/memory.oom_control")["oom_kill"] } ?? 0
    }

    func cpuSetCount() -> Int? {
        directory("cpuset").flatMap { CgroupFiles.text($0 + "/cpuset.cpus") }.flatMap(CgroupFiles.countOfList)
    }

    func cpuQuota() -> CPUQuota? {
        guard let quota: Int64 = number("cpu", "cpu.cfs_quota_us"), quota > 0,
            let period: Int64 = number("cpu", "cpu.cfs_period_us"), period > 0
        else { return nil }
        return CPUQuota(quota: quota, period: period)
    }

    func memoryLimit() -> UInt64? {
        guard let limit: UInt64 = number("memory", "memory.limit_in_bytes") else { return nil }
        // "No limit" is the greatest number of whole pages that fits the kernel's counter.
        return limit >= UInt64(Int64.max) - 65_536 ? nil : limit
    }
}

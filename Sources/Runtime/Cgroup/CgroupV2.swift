internal import OCI
internal import Sys

/// A cgroup of version 2: one directory of the unified hierarchy.
struct CgroupV2: Cgroup {
    let mountpoint: String
    /// The path below the mountpoint, with a slash first.
    let path: String
    /// The controllers that the root of the hierarchy offers.
    let controllers: [String]
    /// The directories that were made for this sandbox, outermost first.
    var own: [String]

    private var directory: String { mountpoint + path }

    /// - Parameter isMade: Whether systemd has made the directory for this sandbox already.
    static func create(
        name: String, on hierarchy: CgroupHost.Hierarchy, _ resources: Spec.LinuxResources?,
        isMade: Bool = false
    ) throws(CgroupError) -> CgroupV2 {
        // The shim's own cgroup holds the shim; one with processes cannot share out controllers, hence beside it.
        let base = name.hasPrefix("/") ? "" : Path.split(hierarchy.own).directory
        let path = (base + "/" + name).split(separator: "/").map { "/" + $0 }.joined()
        var cgroup = CgroupV2(
            mountpoint: hierarchy.mountpoint, path: path,
            controllers: names(hierarchy.mountpoint + "/cgroup.controllers"), own: [])
        let settings = try resources.map(CgroupSetting.v2) ?? []
        do throws(CgroupError) {
            try cgroup.makeDirectories()
            if isMade && !cgroup.own.contains(cgroup.directory) { cgroup.own.append(cgroup.directory) }
            guard cgroup.own.last == cgroup.directory else { return cgroup }
            let available = names(cgroup.directory + "/cgroup.controllers")
            for setting in settings
            where !available.contains(setting.controller) && setting.controller != "cgroup" {
                throw .missingController(setting.controller, path: cgroup.directory)
            }
            try CgroupFiles.apply(settings, to: cgroup.directory) { _ in cgroup.directory }
        } catch {
            for directory in cgroup.own.reversed() { _ = try? CgroupFiles.removeOnce(directory) }
            throw error
        }
        return cgroup
    }

    /// Makes what is missing on the way to the leaf, and hands down the controllers.
    ///
    /// Somebody else may remove a directory of the way that has just been found, as we do with ours; the way
    /// is then begun again, a few times.
    private mutating func makeDirectories() throws(CgroupError) {
        for attempt in 1... {
            do throws(SysError) {
                try makeDirectoriesOnce()
                return
            } catch  where error.code == .noEntry && attempt < 4 {
                own.removeAll { !File.exists($0) }
            } catch {
                throw .system(error)
            }
        }
    }

    private mutating func makeDirectoriesOnce() throws(SysError) {
        var current = mountpoint
        for part in path.split(separator: "/") {
            handDown(from: current)
            current += "/" + part
            guard !File.exists(current) else { continue }
            try Directory.make(current, mode: 0o755)
            own.append(current)
        }
    }

    /// Makes a directory's controllers available to those below it.
    ///
    /// A refusal is no failure by itself (a controller that left, a directory with processes of its own): whether a
    /// limit lacks its controller shows at the leaf. Each is written alone, because one refusal undoes the whole write.
    private func handDown(from directory: String) {
        let given = Set(Self.names(directory + "/cgroup.subtree_control"))
        for controller in Self.names(directory + "/cgroup.controllers") where !given.contains(controller) {
            try? File.write("+" + controller, toExisting: directory + "/cgroup.subtree_control")
        }
    }

    private static func names(_ path: String) -> [String] {
        (CgroupFiles.text(path) ?? "").split(separator: " ").map(String.init)
    }

    // MARK: - Cgroup

    var record: CgroupRecord {
        .v2(mountpoint: mountpoint, path: path, controllers: controllers, own: own)
    }

    func placement() throws(CgroupError) -> CgroupPlacement {
        do throws(SysError) {
            return .cloneInto(try File.open(directory, [.directory]))
        } catch {
            throw .system(error)
        }
    }

    func update(_ resources: Spec.LinuxResources) throws(CgroupError) {
        let available = Set(Self.names(directory + "/cgroup.controllers")).union(["cgroup"])
        let settings = try CgroupSetting.v2(resources)
        for setting in settings where !available.contains(setting.controller) {
            throw .missingController(setting.controller, path: directory)
        }
        try CgroupFiles.apply(settings, to: directory) { _ in directory }
    }

    func remove(limit: Duration) async throws {
        // Only the leaf is ours alone: in those above it others may live by now.
        let leaf = directory
        try await CgroupFiles.remove(own.filter { $0 == leaf }, limit: limit)
        for directory in own.reversed() where directory != leaf {
            guard try CgroupFiles.removeOnce(directory) else { return }
        }
    }
}

// MARK: - Reading

extension CgroupV2 {
    func cpuTotal() -> UInt64 { (CgroupFiles.table(directory + "/cpu.stat")["usage_usec"] ?? 0) * 1000 }

    func usage() -> Statistics {
        var usage = Statistics()
        let cpu = CgroupFiles.table(directory + "/cpu.stat")
        usage.cpuTotal = (cpu["usage_usec"] ?? 0) * 1000
        usage.cpuUser = (cpu["user_usec"] ?? 0) * 1000
        usage.cpuKernel = (cpu["system_usec"] ?? 0) * 1000
        usage.throttling = Throttling(cpu, time: "throttled_usec", unit: 1000)
        usage.memoryUsage = CgroupFiles.number(directory + "/memory.current") ?? 0
        // "max" is no limit; without the controller there is nothing to tell.
        let limit = CgroupFiles.text(directory + "/memory.max")
        usage.memoryLimit = limit == "max" ? .max : limit.flatMap { UInt64($0) } ?? 0
        usage.memoryPeak = CgroupFiles.number(directory + "/memory.peak") ?? 0
        usage.pids = CgroupFiles.number(directory + "/pids.current") ?? 0
        usage.pidsLimit = CgroupFiles.number(directory + "/pids.max") ?? 0
        return usage
    }

    func memoryInUse() -> UInt64 {
        guard let used: UInt64 = CgroupFiles.number(directory + "/memory.current") else { return 0 }
        return CgroupFiles.withoutFiles(used, CgroupFiles.table(directory + "/memory.stat"))
    }

    /// Counted where the victim is, and above.
    func oomKills() -> UInt64 { CgroupFiles.table(directory + "/memory.events")["oom_kill"] ?? 0 }

    func cpuSetCount() -> Int? {
        CgroupFiles.text(directory + "/cpuset.cpus.effective").flatMap(CgroupFiles.countOfList)
    }

    /// With systemd the limits are on the slice above rather than here.
    private var candidates: [String] {
        let parent = Path.split(directory).directory
        return parent == mountpoint || directory == mountpoint ? [directory] : [directory, parent]
    }

    func cpuQuota() -> CPUQuota? {
        for directory in candidates {
            let parts = (CgroupFiles.text(directory + "/cpu.max") ?? "").split(separator: " ")
            guard parts.count == 2, let quota = Int64(parts[0]), let period = Int64(parts[1]), period > 0
            else { continue }
            return CPUQuota(quota: quota, period: period)
        }
        return nil
    }

    func memoryLimit() -> UInt64? {
        for directory in candidates {
            if let limit: UInt64 = CgroupFiles.number(directory + "/memory.max") { return limit }
        }
        return nil
    }
}

internal import OCI
internal import Sys

/// The cgroup of a scope, a unit of systemd's that lives as long as a sandbox.
///
/// Where systemd runs the machine, the slices that the kubelet has it make are its own: it takes controllers away from
/// below them that no unit of its needs. So it is told of the sandbox, and of its limits. In cgroupfs they are
/// written all the same: systemd does not know all of them, and rounds some.
struct SystemdScope: Cgroup {
    /// The same directories in cgroupfs.
    let cgroup: any Cgroup
    let path: SystemdPath
    let systemd: Systemd
    /// A scope cannot be without processes, and the sandbox's are to be born in it: this one keeps it for them.
    private let placeholder: ChildProcess
    /// The directory that a host of both versions has in the hierarchy of version 2, where systemd looks whether a scope
    /// has processes; nil elsewhere.
    private let tracked: String?

    /// Has systemd make the scope, and waits until it is there.
    ///
    /// - Throws: `CgroupError`, after everything made on the way is removed.
    static func create(
        _ path: SystemdPath, on host: CgroupHost, _ systemd: Systemd, _ resources: Spec.LinuxResources?
    ) async throws(CgroupError) -> SystemdScope {
        let isVersion1 = !host.v1.isEmpty
        let settings = try resources.map { resources throws(CgroupError) in
            try isVersion1 ? CgroupSetting.v1(resources) : CgroupSetting.v2(resources)
        }
        let placeholder = try startPlaceholder()
        do throws(SystemdError) {
            try await systemd.start(
                path.unit,
                .scope(of: path.name, slice: path.slice, pid: placeholder.pid, isVersion1: isVersion1)
                    + .limits(settings ?? []))
        } catch {
            placeholder.kill(Signal.kill)
            // It may come yet.
            if case .unanswered = error { await shielded { try? await systemd.stop(path.unit) } }
            throw .systemd(error)
        }
        do throws(CgroupError) {
            let cgroup = try host.create(path: path.path, resources: resources, isMade: true)
            let tracked = isVersion1 ? host.v2.map { $0.mountpoint + path.path } : nil
            return SystemdScope(
                cgroup: cgroup, path: path, systemd: systemd, placeholder: placeholder,
                tracked: tracked.flatMap { File.exists($0) ? $0 : nil })
        } catch {
            placeholder.kill(Signal.kill)
            await shielded { try? await systemd.stop(path.unit) }
            throw error
        }
    }

    private static func startPlaceholder() throws(CgroupError) -> ChildProcess {
        do {
            let null = try File.open("/dev/null", [.readWrite])
            return try SpawnPlan(
                program: File.inMemory("runsc-scope", PauseProgram.file), path: "runsc-scope",
                arguments: ["runsc-scope"], descriptors: [null, null, null]
            ).spawn()
        } catch {
            throw .noPlaceholder("\(error)")
        }
    }

    func isOccupied() { placeholder.kill(Signal.kill) }

    /// The stock form knows systemd only together with version 2.
    var record: CgroupRecord {
        guard case .v2(let mountpoint, let directory, let controllers, let own) = cgroup.record else {
            return cgroup.record
        }
        return .systemd(
            mountpoint: mountpoint, path: directory, controllers: controllers, own: own,
            scope: .init(slice: path.slice, prefix: path.prefix, name: path.name))
    }

    func placement() throws(CgroupError) -> CgroupPlacement {
        let placement = try cgroup.placement()
        guard let tracked, case .write(let files) = placement else { return placement }
        let path = tracked + "/cgroup.procs"
        do throws(SysError) {
            return .write(files + [(try File.open(path, [.writeOnly]), path)])
        } catch {
            throw .system(error)
        }
    }

    func update(_ resources: Spec.LinuxResources) async throws(CgroupError) {
        var settings = CgroupSetting.v1(resources)
        if case .v2 = cgroup.record { settings = try CgroupSetting.v2(resources) }
        let limits = [UnitProperty].limits(settings)
        if !limits.isEmpty {
            do throws(SystemdError) { try await systemd.set(limits, of: path.unit) } catch {
                throw .systemd(error)
            }
        }
        try await cgroup.update(resources)
    }

    func remove(limit: Duration) async throws {
        placeholder.kill(Signal.kill)
        // It ends by itself with its last process; but who removes a container wants its name back at once.
        var refusal: CgroupError?
        do throws(SystemdError) { try await systemd.stop(path.unit) } catch { refusal = .systemd(error) }
        try await cgroup.remove(limit: limit)
        if let refusal { throw refusal }
    }

    func cpuTotal() -> UInt64 { cgroup.cpuTotal() }

    func usage() -> Statistics { cgroup.usage() }

    func memoryInUse() -> UInt64 { cgroup.memoryInUse() }

    func oomKills() -> UInt64 { cgroup.oomKills() }

    func cpuSetCount() -> Int? { cgroup.cpuSetCount() }

    func cpuQuota() -> CPUQuota? { cgroup.cpuQuota() }

    func memoryLimit() -> UInt64? { cgroup.memoryLimit() }
}

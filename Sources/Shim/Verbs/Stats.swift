internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// What a container uses, in the form for the host's version of cgroups: containerd reads no other.
    func stats(_ request: StatsRequest) async throws -> StatsResponse {
        let statistics = try await registry.container(request.id).statistics()
        let stats =
            environment.unifiedCgroups()
            ? AnyMessage(packing: CgroupV2.Metrics(statistics))
            : AnyMessage(packing: CgroupV1.Metrics(statistics))
        return StatsResponse(stats: stats)
    }
}

extension CgroupV1.Metrics {
    init(_ statistics: Statistics) {
        self.init()
        pids = CgroupV1.PidsStat(current: statistics.pids, limit: statistics.pidsLimit)
        cpu = CgroupV1.CPUStat(
            usage: CgroupV1.CPUUsage(
                total: statistics.cpuTotal, kernel: statistics.cpuKernel, user: statistics.cpuUser))
        var memory = CgroupV1.MemoryStat()
        memory.usage = CgroupV1.MemoryEntry(
            limit: statistics.memoryLimit, usage: statistics.memoryUsage, max: statistics.memoryPeak)
        self.memory = memory
        network = statistics.interfaces.map { interface in
            var stat = CgroupV1.NetworkStat()
            stat.name = interface.name
            stat.rxBytes = interface.receivedBytes
            stat.rxPackets = interface.receivedPackets
            stat.txBytes = interface.sentBytes
            stat.txPackets = interface.sentPackets
            return stat
        }
    }
}

extension CgroupV2.Metrics {
    init(_ statistics: Statistics) {
        self.init()
        pids = CgroupV2.PidsStat(current: statistics.pids, limit: statistics.pidsLimit)
        var cpu = CgroupV2.CPUStat()
        cpu.usageUsec = statistics.cpuTotal / 1000
        cpu.userUsec = statistics.cpuUser / 1000
        cpu.systemUsec = statistics.cpuKernel / 1000
        self.cpu = cpu
        var memory = CgroupV2.MemoryStat()
        memory.usage = statistics.memoryUsage
        memory.usageLimit = statistics.memoryLimit
        memory.maxUsage = statistics.memoryPeak
        self.memory = memory
        network = statistics.interfaces.map { interface in
            var stat = CgroupV2.NetworkStat()
            stat.name = interface.name
            stat.rxBytes = interface.receivedBytes
            stat.rxPackets = interface.receivedPackets
            stat.txBytes = interface.sentBytes
            stat.txPackets = interface.sentPackets
            return stat
        }
    }
}

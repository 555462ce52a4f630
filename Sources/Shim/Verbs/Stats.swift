internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// What a container uses, in the form for the host's version of cgroups: containerd reads no other.
    func stats(_ request: StatsRequest) async throws -> StatsResponse {
        let statistics = try await registry.container(request.id).statistics()
        return StatsResponse(stats: AnyMessage(statistics, unified: environment.unifiedCgroups()))
    }
}

extension AnyMessage {
    /// Measurements in the form of one version of cgroups.
    init(_ statistics: Statistics, unified: Bool) {
        self =
            unified
            ? AnyMessage(packing: CgroupV2.Metrics(statistics))
            : AnyMessage(packing: CgroupV1.Metrics(statistics))
    }
}

extension CgroupV1.Metrics {
    /// The largest limit that version 1 knows, the greatest number of whole pages: no limit.
    private static let unlimitedMemory: UInt64 = 0x7fff_ffff_ffff_f000

    init(_ statistics: Statistics) {
        self.init()
        // Of processes no limit is 0 here, as in containerd's own reader.
        let pidsLimit = statistics.pidsLimit == Statistics.unlimited ? 0 : statistics.pidsLimit
        pids = CgroupV1.PidsStat(current: statistics.pids, limit: pidsLimit)
        let throttling = statistics.throttling
        // Docker's daemon takes both parts for granted, and ends where one is missing.
        cpu = CgroupV1.CPUStat(
            usage: CgroupV1.CPUUsage(
                total: statistics.cpuTotal, kernel: statistics.cpuKernel, user: statistics.cpuUser),
            throttling: CgroupV1.Throttle(
                periods: throttling.periods, throttledPeriods: throttling.throttledPeriods,
                throttledTime: throttling.throttledTime))
        var memory = CgroupV1.MemoryStat()
        memory.usage = CgroupV1.MemoryEntry(
            limit: min(statistics.memoryLimit, Self.unlimitedMemory), usage: statistics.memoryUsage,
            max: statistics.memoryPeak)
        // CRI-O takes these for granted.
        memory.swap = CgroupV1.MemoryEntry()
        memory.kernel = CgroupV1.MemoryEntry()
        memory.kernelTCP = CgroupV1.MemoryEntry()
        // What the Sentry gives its containers is anonymous memory; caches of files it does not count as theirs.
        memory.rss = statistics.memoryUsage
        memory.totalRSS = statistics.memoryUsage
        self.memory = memory
        // nerdctl takes it for granted. What the Sentry reads and writes is not told apart by container.
        blkio = CgroupV1.BlkIOStat()
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
        cpu.nrPeriods = statistics.throttling.periods
        cpu.nrThrottled = statistics.throttling.throttledPeriods
        cpu.throttledUsec = statistics.throttling.throttledTime / 1000
        self.cpu = cpu
        var memory = CgroupV2.MemoryStat()
        memory.usage = statistics.memoryUsage
        memory.usageLimit = statistics.memoryLimit
        memory.maxUsage = statistics.memoryPeak
        memory.anon = statistics.memoryUsage
        self.memory = memory
        io = CgroupV2.IOStat()
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

import Messages

extension Specimen {
    static let cgroupV1: [Specimen] = [
        Specimen(
            CgroupV1.Metrics(
                hugetlb: [hugetlbV1, CgroupV1.HugetlbStat()], pids: pidsV1, cpu: cpuV1,
                memory: memoryV1, blkio: block, rdma: rdmaV1,
                network: [networkV1, CgroupV1.NetworkStat()], cgroupStats: cgroupsV1,
                memoryOOMControl: memoryOomControlV1)),
        Specimen(pidsV1),
        Specimen(cpuV1),
        Specimen(cpuUsage),
        Specimen(throttleV1),
        Specimen(cgroupsV1),
        Specimen(memoryOomControlV1),
        Specimen(memoryV1),
        Specimen(memoryEntry),
        Specimen(block),
        Specimen(blockEntry),
        Specimen(hugetlbV1),
        Specimen(rdmaV1),
        Specimen(rdmaEntryV1),
        Specimen(networkV1),
    ]
}

private let pidsV1 = CgroupV1.PidsStat(current: .max, limit: .max - 1)
private let cpuV1 = CgroupV1.CPUStat(usage: cpuUsage, throttling: throttleV1)
private let cpuUsage = CgroupV1.CPUUsage(
    total: .max, kernel: .max - 1, user: .max - 2, perCPU: [.max - 3, 0, 1])
private let throttleV1 = CgroupV1.Throttle(periods: .max, throttledPeriods: .max - 1, throttledTime: .max - 2)
private let cgroupsV1 = CgroupV1.CgroupStats(
    nrSleeping: .max, nrRunning: .max - 1, nrStopped: .max - 2, nrUninterruptible: .max - 3,
    nrIOWait: .max - 4)
private let memoryOomControlV1 = CgroupV1.MemoryOOMControl(
    oomKillDisable: .max, underOOM: .max - 1, oomKill: .max - 2)
private let memoryV1 = CgroupV1.MemoryStat(
    cache: .max, rss: .max - 1, rssHuge: .max - 2, mappedFile: .max - 3, dirty: .max - 4,
    writeback: .max - 5, pgPgIn: .max - 6, pgPgOut: .max - 7, pgFault: .max - 8, pgMajFault: .max - 9,
    inactiveAnon: .max - 10, activeAnon: .max - 11, inactiveFile: .max - 12, activeFile: .max - 13,
    unevictable: .max - 14, hierarchicalMemoryLimit: .max - 15, hierarchicalSwapLimit: .max - 16,
    totalCache: .max - 17, totalRSS: .max - 18, totalRSSHuge: .max - 19, totalMappedFile: .max - 20,
    totalDirty: .max - 21, totalWriteback: .max - 22, totalPgPgIn: .max - 23, totalPgPgOut: .max - 24,
    totalPgFault: .max - 25, totalPgMajFault: .max - 26, totalInactiveAnon: .max - 27,
    totalActiveAnon: .max - 28, totalInactiveFile: .max - 29, totalActiveFile: .max - 30,
    totalUnevictable: .max - 31, usage: memoryEntry, swap: memoryEntry, kernel: memoryEntry,
    kernelTCP: memoryEntry)
private let memoryEntry = CgroupV1.MemoryEntry(limit: .max, usage: .max - 1, max: .max - 2, failcnt: .max - 3)
private let block = CgroupV1.BlkIOStat(
    ioServiceBytesRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    ioServicedRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    ioQueuedRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    ioServiceTimeRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    ioWaitTimeRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    ioMergedRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    ioTimeRecursive: [blockEntry, CgroupV1.BlkIOEntry()],
    sectorsRecursive: [blockEntry, CgroupV1.BlkIOEntry()])
private let blockEntry = CgroupV1.BlkIOEntry(
    op: "op é", device: "device é", major: .max - 2, minor: .max - 3, value: .max - 4)
private let hugetlbV1 = CgroupV1.HugetlbStat(
    usage: .max, max: .max - 1, failcnt: .max - 2, pagesize: "pagesize é")
private let rdmaV1 = CgroupV1.RdmaStat(
    current: [rdmaEntryV1, CgroupV1.RdmaEntry()], limit: [rdmaEntryV1, CgroupV1.RdmaEntry()])
private let rdmaEntryV1 = CgroupV1.RdmaEntry(device: "device é", hcaHandles: .max - 1, hcaObjects: .max - 2)
private let networkV1 = CgroupV1.NetworkStat(
    name: "name é", rxBytes: .max - 1, rxPackets: .max - 2, rxErrors: .max - 3, rxDropped: .max - 4,
    txBytes: .max - 5, txPackets: .max - 6, txErrors: .max - 7, txDropped: .max - 8)

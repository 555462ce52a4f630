import Messages

extension Specimen {
    static let cgroupV2: [Specimen] = [
        Specimen(
            CgroupV2.Metrics(
                pids: pidsV2, cpu: cpuV2, memory: memoryV2, rdma: rdmaV2, io: ioV2,
                hugetlb: [hugeTlbV2, CgroupV2.HugeTlbStat()], memoryEvents: memoryEventsV2,
                network: [networkV2, CgroupV2.NetworkStat()])),
        Specimen(pidsV2),
        Specimen(cpuV2),
        Specimen(psi),
        Specimen(psiData),
        Specimen(memoryV2),
        Specimen(memoryEventsV2),
        Specimen(ioV2),
        Specimen(ioEntry),
        Specimen(hugeTlbV2),
        Specimen(rdmaV2),
        Specimen(rdmaEntryV2),
        Specimen(networkV2),
    ]
}

private let pidsV2 = CgroupV2.PidsStat(current: .max, limit: .max - 1)
private let cpuV2 = CgroupV2.CPUStat(
    usageUsec: .max, userUsec: .max - 1, systemUsec: .max - 2, nrPeriods: .max - 3,
    nrThrottled: .max - 4, throttledUsec: .max - 5, psi: psi, nrBursts: .max - 7, burstUsec: .max - 8)
private let psi = CgroupV2.PSIStats(some: psiData, full: psiData)
private let psiData = CgroupV2.PSIData(avg10: 1.5, avg60: 2.5, avg300: 3.5, total: .max - 3)
private let memoryV2 = CgroupV2.MemoryStat(
    anon: .max, file: .max - 1, kernelStack: .max - 2, slab: .max - 3, sock: .max - 4, shmem: .max - 5,
    fileMapped: .max - 6, fileDirty: .max - 7, fileWriteback: .max - 8, anonTHP: .max - 9,
    inactiveAnon: .max - 10, activeAnon: .max - 11, inactiveFile: .max - 12, activeFile: .max - 13,
    unevictable: .max - 14, slabReclaimable: .max - 15, slabUnreclaimable: .max - 16,
    pgfault: .max - 17, pgmajfault: .max - 18, workingsetRefault: .max - 19,
    workingsetActivate: .max - 20, workingsetNodereclaim: .max - 21, pgrefill: .max - 22,
    pgscan: .max - 23, pgsteal: .max - 24, pgactivate: .max - 25, pgdeactivate: .max - 26,
    pglazyfree: .max - 27, pglazyfreed: .max - 28, thpFaultAlloc: .max - 29,
    thpCollapseAlloc: .max - 30, usage: .max - 31, usageLimit: .max - 32, swapUsage: .max - 33,
    swapLimit: .max - 34, maxUsage: .max - 35, swapMaxUsage: .max - 36, psi: psi,
    workingsetRefaultAnon: .max - 38, workingsetRefaultFile: .max - 39,
    workingsetActivateAnon: .max - 40, workingsetActivateFile: .max - 41)
private let memoryEventsV2 = CgroupV2.MemoryEvents(
    low: .max, high: .max - 1, max: .max - 2, oom: .max - 3, oomKill: .max - 4, oomGroupKill: .max - 5)
private let ioV2 = CgroupV2.IOStat(usage: [ioEntry, CgroupV2.IOEntry()], psi: psi)
private let ioEntry = CgroupV2.IOEntry(
    major: .max, minor: .max - 1, rbytes: .max - 2, wbytes: .max - 3, rios: .max - 4, wios: .max - 5)
private let hugeTlbV2 = CgroupV2.HugeTlbStat(
    current: .max, max: .max - 1, pagesize: "pagesize é", failcnt: .max - 3)
private let rdmaV2 = CgroupV2.RdmaStat(
    current: [rdmaEntryV2, CgroupV2.RdmaEntry()], limit: [rdmaEntryV2, CgroupV2.RdmaEntry()])
private let rdmaEntryV2 = CgroupV2.RdmaEntry(device: "device é", hcaHandles: .max - 1, hcaObjects: .max - 2)
private let networkV2 = CgroupV2.NetworkStat(
    name: "name é", rxBytes: .max - 1, rxPackets: .max - 2, rxErrors: .max - 3, rxDropped: .max - 4,
    txBytes: .max - 5, txPackets: .max - 6, txErrors: .max - 7, txDropped: .max - 8)

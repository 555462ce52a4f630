import CProto

/// What containerd expects from ``StatsResponse`` on a host with cgroup v1.
package enum CgroupV1 {
    /// All measurements of a container.
    package struct Metrics: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.Metrics"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__Metrics> {
            io__containerd__cgroups__v1__metrics__init
        }

        package var hugetlb: [HugetlbStat] = []
        package var pids: PidsStat?
        package var cpu: CPUStat?
        package var memory: MemoryStat?
        package var blkio: BlkIOStat?
        package var rdma: RdmaStat?
        package var network: [NetworkStat] = []
        package var cgroupStats: CgroupStats?
        package var memoryOOMControl: MemoryOOMControl?

        package init() {}

        package init(
            hugetlb: [HugetlbStat] = [], pids: PidsStat? = nil, cpu: CPUStat? = nil,
            memory: MemoryStat? = nil, blkio: BlkIOStat? = nil, rdma: RdmaStat? = nil,
            network: [NetworkStat] = [], cgroupStats: CgroupStats? = nil,
            memoryOOMControl: MemoryOOMControl? = nil
        ) {
            self.hugetlb = hugetlb
            self.pids = pids
            self.cpu = cpu
            self.memory = memory
            self.blkio = blkio
            self.rdma = rdma
            self.network = network
            self.cgroupStats = cgroupStats
            self.memoryOOMControl = memoryOOMControl
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__Metrics
        ) {
            codec.field(&hugetlb, &c.n_hugetlb, &c.hugetlb)
            codec.field(&pids, &c.pids)
            codec.field(&cpu, &c.cpu)
            codec.field(&memory, &c.memory)
            codec.field(&blkio, &c.blkio)
            codec.field(&rdma, &c.rdma)
            codec.field(&network, &c.n_network, &c.network)
            codec.field(&cgroupStats, &c.cgroup_stats)
            codec.field(&memoryOOMControl, &c.memory_oom_control)
        }
    }

    /// Processes, and how many there may be.
    package struct PidsStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.PidsStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__PidsStat> {
            io__containerd__cgroups__v1__pids_stat__init
        }

        package var current: UInt64 = 0
        package var limit: UInt64 = 0

        package init() {}

        package init(current: UInt64 = 0, limit: UInt64 = 0) {
            self.current = current
            self.limit = limit
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__PidsStat
        ) {
            codec.field(&current, &c.current)
            codec.field(&limit, &c.limit)
        }
    }

    /// Processor time.
    package struct CPUStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.CPUStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__CPUStat> {
            io__containerd__cgroups__v1__cpustat__init
        }

        package var usage: CPUUsage?
        package var throttling: Throttle?

        package init() {}

        package init(usage: CPUUsage? = nil, throttling: Throttle? = nil) {
            self.usage = usage
            self.throttling = throttling
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__CPUStat
        ) {
            codec.field(&usage, &c.usage)
            codec.field(&throttling, &c.throttling)
        }
    }

    /// Processor time used, in nanoseconds.
    package struct CPUUsage: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.CPUUsage"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__CPUUsage> {
            io__containerd__cgroups__v1__cpuusage__init
        }

        package var total: UInt64 = 0
        package var kernel: UInt64 = 0
        package var user: UInt64 = 0
        package var perCPU: [UInt64] = []

        package init() {}

        package init(total: UInt64 = 0, kernel: UInt64 = 0, user: UInt64 = 0, perCPU: [UInt64] = []) {
            self.total = total
            self.kernel = kernel
            self.user = user
            self.perCPU = perCPU
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__CPUUsage
        ) {
            codec.field(&total, &c.total)
            codec.field(&kernel, &c.kernel)
            codec.field(&user, &c.user)
            codec.field(&perCPU, &c.n_per_cpu, &c.per_cpu)
        }
    }

    /// How often, and for how many nanoseconds, the quota held a container back.
    package struct Throttle: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.Throttle"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__Throttle> {
            io__containerd__cgroups__v1__throttle__init
        }

        package var periods: UInt64 = 0
        package var throttledPeriods: UInt64 = 0
        package var throttledTime: UInt64 = 0

        package init() {}

        package init(periods: UInt64 = 0, throttledPeriods: UInt64 = 0, throttledTime: UInt64 = 0) {
            self.periods = periods
            self.throttledPeriods = throttledPeriods
            self.throttledTime = throttledTime
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__Throttle
        ) {
            codec.field(&periods, &c.periods)
            codec.field(&throttledPeriods, &c.throttled_periods)
            codec.field(&throttledTime, &c.throttled_time)
        }
    }

    /// Threads by scheduling state.
    package struct CgroupStats: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.CgroupStats"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__CgroupStats> {
            io__containerd__cgroups__v1__cgroup_stats__init
        }

        package var nrSleeping: UInt64 = 0
        package var nrRunning: UInt64 = 0
        package var nrStopped: UInt64 = 0
        package var nrUninterruptible: UInt64 = 0
        /// Tasks waiting for I/O.
        package var nrIOWait: UInt64 = 0

        package init() {}

        package init(
            nrSleeping: UInt64 = 0, nrRunning: UInt64 = 0, nrStopped: UInt64 = 0,
            nrUninterruptible: UInt64 = 0, nrIOWait: UInt64 = 0
        ) {
            self.nrSleeping = nrSleeping
            self.nrRunning = nrRunning
            self.nrStopped = nrStopped
            self.nrUninterruptible = nrUninterruptible
            self.nrIOWait = nrIOWait
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__CgroupStats
        ) {
            codec.field(&nrSleeping, &c.nr_sleeping)
            codec.field(&nrRunning, &c.nr_running)
            codec.field(&nrStopped, &c.nr_stopped)
            codec.field(&nrUninterruptible, &c.nr_uninterruptible)
            codec.field(&nrIOWait, &c.nr_io_wait)
        }
    }

    /// The contents of memory.oom_control.
    package struct MemoryOOMControl: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.MemoryOomControl"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__MemoryOomControl> {
            io__containerd__cgroups__v1__memory_oom_control__init
        }

        package var oomKillDisable: UInt64 = 0
        package var underOOM: UInt64 = 0
        package var oomKill: UInt64 = 0

        package init() {}

        package init(oomKillDisable: UInt64 = 0, underOOM: UInt64 = 0, oomKill: UInt64 = 0) {
            self.oomKillDisable = oomKillDisable
            self.underOOM = underOOM
            self.oomKill = oomKill
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__MemoryOomControl
        ) {
            codec.field(&oomKillDisable, &c.oom_kill_disable)
            codec.field(&underOOM, &c.under_oom)
            codec.field(&oomKill, &c.oom_kill)
        }
    }
}

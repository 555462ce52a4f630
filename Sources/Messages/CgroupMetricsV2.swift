import CProto

/// What containerd expects from ``StatsResponse`` on a host with cgroup v2.
package enum CgroupV2 {
    /// All measurements of a container.
    package struct Metrics: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.Metrics"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__Metrics> {
            io__containerd__cgroups__v2__metrics__init
        }

        package var pids: PidsStat?
        package var cpu: CPUStat?
        package var memory: MemoryStat?
        package var rdma: RdmaStat?
        package var io: IOStat?
        package var hugetlb: [HugeTlbStat] = []
        package var memoryEvents: MemoryEvents?
        package var network: [NetworkStat] = []

        package init() {}

        package init(
            pids: PidsStat? = nil, cpu: CPUStat? = nil, memory: MemoryStat? = nil, rdma: RdmaStat? = nil,
            io: IOStat? = nil, hugetlb: [HugeTlbStat] = [], memoryEvents: MemoryEvents? = nil,
            network: [NetworkStat] = []
        ) {
            self.pids = pids
            self.cpu = cpu
            self.memory = memory
            self.rdma = rdma
            self.io = io
            self.hugetlb = hugetlb
            self.memoryEvents = memoryEvents
            self.network = network
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__Metrics
        ) {
            codec.field(&pids, &c.pids)
            codec.field(&cpu, &c.cpu)
            codec.field(&memory, &c.memory)
            codec.field(&rdma, &c.rdma)
            codec.field(&io, &c.io)
            codec.field(&hugetlb, &c.n_hugetlb, &c.hugetlb)
            codec.field(&memoryEvents, &c.memory_events)
            codec.field(&network, &c.n_network, &c.network)
        }
    }

    /// Processes, and how many there may be.
    package struct PidsStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.PidsStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__PidsStat> {
            io__containerd__cgroups__v2__pids_stat__init
        }

        package var current: UInt64 = 0
        package var limit: UInt64 = 0

        package init() {}

        package init(current: UInt64 = 0, limit: UInt64 = 0) {
            self.current = current
            self.limit = limit
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__PidsStat
        ) {
            codec.field(&current, &c.current)
            codec.field(&limit, &c.limit)
        }
    }

    /// Processor time, in microseconds.
    package struct CPUStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.CPUStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__CPUStat> {
            io__containerd__cgroups__v2__cpustat__init
        }

        package var usageUsec: UInt64 = 0
        package var userUsec: UInt64 = 0
        package var systemUsec: UInt64 = 0
        package var nrPeriods: UInt64 = 0
        package var nrThrottled: UInt64 = 0
        package var throttledUsec: UInt64 = 0
        package var psi: PSIStats?
        package var nrBursts: UInt64 = 0
        package var burstUsec: UInt64 = 0

        package init() {}

        package init(
            usageUsec: UInt64 = 0, userUsec: UInt64 = 0, systemUsec: UInt64 = 0, nrPeriods: UInt64 = 0,
            nrThrottled: UInt64 = 0, throttledUsec: UInt64 = 0, psi: PSIStats? = nil, nrBursts: UInt64 = 0,
            burstUsec: UInt64 = 0
        ) {
            self.usageUsec = usageUsec
            self.userUsec = userUsec
            self.systemUsec = systemUsec
            self.nrPeriods = nrPeriods
            self.nrThrottled = nrThrottled
            self.throttledUsec = throttledUsec
            self.psi = psi
            self.nrBursts = nrBursts
            self.burstUsec = burstUsec
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__CPUStat
        ) {
            codec.field(&usageUsec, &c.usage_usec)
            codec.field(&userUsec, &c.user_usec)
            codec.field(&systemUsec, &c.system_usec)
            codec.field(&nrPeriods, &c.nr_periods)
            codec.field(&nrThrottled, &c.nr_throttled)
            codec.field(&throttledUsec, &c.throttled_usec)
            codec.field(&psi, &c.psi)
            codec.field(&nrBursts, &c.nr_bursts)
            codec.field(&burstUsec, &c.burst_usec)
        }
    }

    /// How long some or all tasks were kept waiting.
    package struct PSIStats: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.PSIStats"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__PSIStats> {
            io__containerd__cgroups__v2__psistats__init
        }

        package var some: PSIData?
        package var full: PSIData?

        package init() {}

        package init(some: PSIData? = nil, full: PSIData? = nil) {
            self.some = some
            self.full = full
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__PSIStats
        ) {
            codec.field(&some, &c.some)
            codec.field(&full, &c.full)
        }
    }

    /// The share of time spent waiting, in percent over so many seconds.
    package struct PSIData: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.PSIData"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__PSIData> {
            io__containerd__cgroups__v2__psidata__init
        }

        package var avg10: Double = 0
        package var avg60: Double = 0
        package var avg300: Double = 0
        /// In microseconds.
        package var total: UInt64 = 0

        package init() {}

        package init(avg10: Double = 0, avg60: Double = 0, avg300: Double = 0, total: UInt64 = 0) {
            self.avg10 = avg10
            self.avg60 = avg60
            self.avg300 = avg300
            self.total = total
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__PSIData
        ) {
            codec.field(&avg10, &c.avg10)
            codec.field(&avg60, &c.avg60)
            codec.field(&avg300, &c.avg300)
            codec.field(&total, &c.total)
        }
    }
}

import CProto

extension CgroupV1 {
    /// Block I/O.
    package struct BlkIOStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.BlkIOStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__BlkIOStat> {
            io__containerd__cgroups__v1__blk_iostat__init
        }

        package var ioServiceBytesRecursive: [BlkIOEntry] = []
        package var ioServicedRecursive: [BlkIOEntry] = []
        package var ioQueuedRecursive: [BlkIOEntry] = []
        package var ioServiceTimeRecursive: [BlkIOEntry] = []
        package var ioWaitTimeRecursive: [BlkIOEntry] = []
        package var ioMergedRecursive: [BlkIOEntry] = []
        package var ioTimeRecursive: [BlkIOEntry] = []
        package var sectorsRecursive: [BlkIOEntry] = []

        package init() {}

        package init(
            ioServiceBytesRecursive: [BlkIOEntry] = [], ioServicedRecursive: [BlkIOEntry] = [],
            ioQueuedRecursive: [BlkIOEntry] = [], ioServiceTimeRecursive: [BlkIOEntry] = [],
            ioWaitTimeRecursive: [BlkIOEntry] = [], ioMergedRecursive: [BlkIOEntry] = [],
            ioTimeRecursive: [BlkIOEntry] = [], sectorsRecursive: [BlkIOEntry] = []
        ) {
            self.ioServiceBytesRecursive = ioServiceBytesRecursive
            self.ioServicedRecursive = ioServicedRecursive
            self.ioQueuedRecursive = ioQueuedRecursive
            self.ioServiceTimeRecursive = ioServiceTimeRecursive
            self.ioWaitTimeRecursive = ioWaitTimeRecursive
            self.ioMergedRecursive = ioMergedRecursive
            self.ioTimeRecursive = ioTimeRecursive
            self.sectorsRecursive = sectorsRecursive
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__BlkIOStat
        ) {
            codec.field(
                &ioServiceBytesRecursive, &c.n_io_service_bytes_recursive, &c.io_service_bytes_recursive)
            codec.field(&ioServicedRecursive, &c.n_io_serviced_recursive, &c.io_serviced_recursive)
            codec.field(&ioQueuedRecursive, &c.n_io_queued_recursive, &c.io_queued_recursive)
            codec.field(&ioServiceTimeRecursive, &c.n_io_service_time_recursive, &c.io_service_time_recursive)
            codec.field(&ioWaitTimeRecursive, &c.n_io_wait_time_recursive, &c.io_wait_time_recursive)
            codec.field(&ioMergedRecursive, &c.n_io_merged_recursive, &c.io_merged_recursive)
            codec.field(&ioTimeRecursive, &c.n_io_time_recursive, &c.io_time_recursive)
            codec.field(&sectorsRecursive, &c.n_sectors_recursive, &c.sectors_recursive)
        }
    }

    /// One block I/O counter of one device.
    package struct BlkIOEntry: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.BlkIOEntry"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__BlkIOEntry> {
            io__containerd__cgroups__v1__blk_ioentry__init
        }

        /// As in "Read".
        package var op = ""
        package var device = ""
        package var major: UInt64 = 0
        package var minor: UInt64 = 0
        package var value: UInt64 = 0

        package init() {}

        package init(
            op: String = "", device: String = "", major: UInt64 = 0, minor: UInt64 = 0, value: UInt64 = 0
        ) {
            self.op = op
            self.device = device
            self.major = major
            self.minor = minor
            self.value = value
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__BlkIOEntry
        ) {
            codec.field(&op, &c.op)
            codec.field(&device, &c.device)
            codec.field(&major, &c.major)
            codec.field(&minor, &c.minor)
            codec.field(&value, &c.value)
        }
    }

    /// Huge pages of one size, in bytes.
    package struct HugetlbStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.HugetlbStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__HugetlbStat> {
            io__containerd__cgroups__v1__hugetlb_stat__init
        }

        package var usage: UInt64 = 0
        package var max: UInt64 = 0
        package var failcnt: UInt64 = 0
        /// As in "2MB".
        package var pagesize = ""

        package init() {}

        package init(usage: UInt64 = 0, max: UInt64 = 0, failcnt: UInt64 = 0, pagesize: String = "") {
            self.usage = usage
            self.max = max
            self.failcnt = failcnt
            self.pagesize = pagesize
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__HugetlbStat
        ) {
            codec.field(&usage, &c.usage)
            codec.field(&max, &c.max)
            codec.field(&failcnt, &c.failcnt)
            codec.field(&pagesize, &c.pagesize)
        }
    }

    /// Remote memory access devices.
    package struct RdmaStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.RdmaStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__RdmaStat> {
            io__containerd__cgroups__v1__rdma_stat__init
        }

        package var current: [RdmaEntry] = []
        package var limit: [RdmaEntry] = []

        package init() {}

        package init(current: [RdmaEntry] = [], limit: [RdmaEntry] = []) {
            self.current = current
            self.limit = limit
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__RdmaStat
        ) {
            codec.field(&current, &c.n_current, &c.current)
            codec.field(&limit, &c.n_limit, &c.limit)
        }
    }

    /// What a container has, or may have, of one device.
    package struct RdmaEntry: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.RdmaEntry"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__RdmaEntry> {
            io__containerd__cgroups__v1__rdma_entry__init
        }

        package var device = ""
        package var hcaHandles: UInt32 = 0
        package var hcaObjects: UInt32 = 0

        package init() {}

        package init(device: String = "", hcaHandles: UInt32 = 0, hcaObjects: UInt32 = 0) {
            self.device = device
            self.hcaHandles = hcaHandles
            self.hcaObjects = hcaObjects
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__RdmaEntry
        ) {
            codec.field(&device, &c.device)
            codec.field(&hcaHandles, &c.hca_handles)
            codec.field(&hcaObjects, &c.hca_objects)
        }
    }

    /// The counters of one network interface.
    package struct NetworkStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v1.NetworkStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V1__NetworkStat> {
            io__containerd__cgroups__v1__network_stat__init
        }

        package var name = ""
        package var rxBytes: UInt64 = 0
        package var rxPackets: UInt64 = 0
        package var rxErrors: UInt64 = 0
        package var rxDropped: UInt64 = 0
        package var txBytes: UInt64 = 0
        package var txPackets: UInt64 = 0
        package var txErrors: UInt64 = 0
        package var txDropped: UInt64 = 0

        package init() {}

        package init(
            name: String = "", rxBytes: UInt64 = 0, rxPackets: UInt64 = 0, rxErrors: UInt64 = 0,
            rxDropped: UInt64 = 0, txBytes: UInt64 = 0, txPackets: UInt64 = 0, txErrors: UInt64 = 0,
            txDropped: UInt64 = 0
        ) {
            self.name = name
            self.rxBytes = rxBytes
            self.rxPackets = rxPackets
            self.rxErrors = rxErrors
            self.rxDropped = rxDropped
            self.txBytes = txBytes
            self.txPackets = txPackets
            self.txErrors = txErrors
            self.txDropped = txDropped
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V1__NetworkStat
        ) {
            codec.field(&name, &c.name)
            codec.field(&rxBytes, &c.rx_bytes)
            codec.field(&rxPackets, &c.rx_packets)
            codec.field(&rxErrors, &c.rx_errors)
            codec.field(&rxDropped, &c.rx_dropped)
            codec.field(&txBytes, &c.tx_bytes)
            codec.field(&txPackets, &c.tx_packets)
            codec.field(&txErrors, &c.tx_errors)
            codec.field(&txDropped, &c.tx_dropped)
        }
    }
}

import CProto

extension CgroupV2 {
    /// Block I/O.
    package struct IOStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.IOStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__IOStat> {
            io__containerd__cgroups__v2__iostat__init
        }

        package var usage: [IOEntry] = []
        package var psi: PSIStats?

        package init() {}

        package init(usage: [IOEntry] = [], psi: PSIStats? = nil) {
            self.usage = usage
            self.psi = psi
        }

        mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__IOStat)
        {
            codec.field(&usage, &c.n_usage, &c.usage)
            codec.field(&psi, &c.psi)
        }
    }

    /// The block I/O of one device: bytes and operations.
    package struct IOEntry: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.IOEntry"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__IOEntry> {
            io__containerd__cgroups__v2__ioentry__init
        }

        package var major: UInt64 = 0
        package var minor: UInt64 = 0
        package var rbytes: UInt64 = 0
        package var wbytes: UInt64 = 0
        package var rios: UInt64 = 0
        package var wios: UInt64 = 0

        package init() {}

        package init(
            major: UInt64 = 0, minor: UInt64 = 0, rbytes: UInt64 = 0, wbytes: UInt64 = 0, rios: UInt64 = 0,
            wios: UInt64 = 0
        ) {
            self.major = major
            self.minor = minor
            self.rbytes = rbytes
            self.wbytes = wbytes
            self.rios = rios
            self.wios = wios
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__IOEntry
        ) {
            codec.field(&major, &c.major)
            codec.field(&minor, &c.minor)
            codec.field(&rbytes, &c.rbytes)
            codec.field(&wbytes, &c.wbytes)
            codec.field(&rios, &c.rios)
            codec.field(&wios, &c.wios)
        }
    }

    /// Huge pages of one size, in bytes.
    package struct HugeTlbStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.HugeTlbStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__HugeTlbStat> {
            io__containerd__cgroups__v2__huge_tlb_stat__init
        }

        package var current: UInt64 = 0
        package var max: UInt64 = 0
        /// As in "2MB".
        package var pagesize = ""
        package var failcnt: UInt64 = 0

        package init() {}

        package init(current: UInt64 = 0, max: UInt64 = 0, pagesize: String = "", failcnt: UInt64 = 0) {
            self.current = current
            self.max = max
            self.pagesize = pagesize
            self.failcnt = failcnt
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__HugeTlbStat
        ) {
            codec.field(&current, &c.current)
            codec.field(&max, &c.max)
            codec.field(&pagesize, &c.pagesize)
            codec.field(&failcnt, &c.failcnt)
        }
    }

    /// Remote memory access devices.
    package struct RdmaStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.RdmaStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__RdmaStat> {
            io__containerd__cgroups__v2__rdma_stat__init
        }

        package var current: [RdmaEntry] = []
        package var limit: [RdmaEntry] = []

        package init() {}

        package init(current: [RdmaEntry] = [], limit: [RdmaEntry] = []) {
            self.current = current
            self.limit = limit
        }

        mutating func transfer(
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__RdmaStat
        ) {
            codec.field(&current, &c.n_current, &c.current)
            codec.field(&limit, &c.n_limit, &c.limit)
        }
    }

    /// What a container has, or may have, of one device.
    package struct RdmaEntry: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.RdmaEntry"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__RdmaEntry> {
            io__containerd__cgroups__v2__rdma_entry__init
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
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__RdmaEntry
        ) {
            codec.field(&device, &c.device)
            codec.field(&hcaHandles, &c.hca_handles)
            codec.field(&hcaObjects, &c.hca_objects)
        }
    }

    /// The counters of one network interface.
    package struct NetworkStat: CMessage {
        package static let fullName = "io.containerd.cgroups.v2.NetworkStat"
        static var cInit: CInit<Io__Containerd__Cgroups__V2__NetworkStat> {
            io__containerd__cgroups__v2__network_stat__init
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
            _ codec: inout some FieldCodec, _ c: inout Io__Containerd__Cgroups__V2__NetworkStat
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

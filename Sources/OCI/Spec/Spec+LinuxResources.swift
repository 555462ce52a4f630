extension Spec {
    /// Limits of a container, as in `linux.resources` or in an update request; nil is "leave it alone".
    ///
    /// Numbers are as the specification has them: bytes, microseconds, and -1 for "no limit" where it
    /// allows that.
    package struct LinuxResources: Sendable, Equatable {
        package var memory: Memory?
        package var cpu: CPU?
        package var pids: Pids?
        package var blockIO: BlockIO?
        package var hugepageLimits: [HugepageLimit]
        package var network: Network?
        package var devices: [DeviceRule]
        /// Files of a v2 cgroup and what to write to them.
        package var unified: [String: String]

        package struct Memory: Sendable, Equatable {
            package var limit: Int64?
            package var reservation: Int64?
            package var swap: Int64?
            package var kernel: Int64?
            package var kernelTCP: Int64?
            package var swappiness: UInt64?
            package var disableOOMKiller: Bool?
        }

        package struct CPU: Sendable, Equatable {
            package var shares: UInt64?
            package var quota: Int64?
            package var burst: UInt64?
            package var period: UInt64?
            package var realtimeRuntime: Int64?
            package var realtimePeriod: UInt64?
            package var cpus: String
            package var mems: String
            package var idle: Int64?
        }

        package struct Pids: Sendable, Equatable {
            package var limit: Int64?
        }

        package struct BlockIO: Sendable, Equatable {
            package var weight: UInt16?
            package var leafWeight: UInt16?
            package var weightDevice: [WeightDevice]
            package var throttleReadBpsDevice: [ThrottleDevice]
            package var throttleWriteBpsDevice: [ThrottleDevice]
            package var throttleReadIOPSDevice: [ThrottleDevice]
            package var throttleWriteIOPSDevice: [ThrottleDevice]
        }

        package struct WeightDevice: Sendable, Equatable {
            package var major: Int64
            package var minor: Int64
            package var weight: UInt16?
            package var leafWeight: UInt16?
        }

        package struct ThrottleDevice: Sendable, Equatable {
            package var major: Int64
            package var minor: Int64
            package var rate: UInt64
        }

        package struct HugepageLimit: Sendable, Equatable {
            package var pageSize: String
            package var limit: UInt64
        }

        package struct Network: Sendable, Equatable {
            package var classID: UInt32?
            package var priorities: [InterfacePriority]
        }

        package struct InterfacePriority: Sendable, Equatable {
            package var name: String
            package var priority: UInt32
        }

        package struct DeviceRule: Sendable, Equatable {
            package var allow: Bool
            package var type: String
            package var major: Int64?
            package var minor: Int64?
            package var access: String
        }

        /// No limits at all.
        package init() {
            hugepageLimits = []
            devices = []
            unified = [:]
        }
    }
}

extension Spec.LinuxResources {
    /// Reads resources that come alone, as the update request's Any does.
    ///
    /// - Throws: `SpecError` that calls the document "resources".
    package static func parse(_ bytes: [UInt8]) throws(SpecError) -> Spec.LinuxResources {
        try Self(reading: ObjectReader(SpecDocument.json(bytes, "resources"), document: "resources"))
    }

    init(reading reader: ObjectReader) throws(SpecError) {
        memory = try reader.object("memory", Memory.init(reading:))
        cpu = try reader.object("cpu", CPU.init(reading:))
        pids = try reader.object("pids") { reader throws(SpecError) in
            Pids(limit: try reader.optionalInteger("limit"))
        }
        blockIO = try reader.object("blockIO", BlockIO.init(reading:))
        hugepageLimits = try reader.objects("hugepageLimits") { reader throws(SpecError) in
            HugepageLimit(pageSize: try reader.string("pageSize"), limit: try reader.integer("limit"))
        }
        network = try reader.object("network") { reader throws(SpecError) in
            Network(
                classID: try reader.optionalInteger("classID"),
                priorities: try reader.objects("priorities") { reader throws(SpecError) in
                    InterfacePriority(
                        name: try reader.string("name"), priority: try reader.integer("priority"))
                })
        }
        devices = try reader.objects("devices", DeviceRule.init(reading:))
        unified = try reader.stringMap("unified")
    }
}

extension Spec.LinuxResources.Memory {
    init(reading reader: ObjectReader) throws(SpecError) {
        limit = try reader.optionalInteger("limit")
        reservation = try reader.optionalInteger("reservation")
        swap = try reader.optionalInteger("swap")
        kernel = try reader.optionalInteger("kernel")
        kernelTCP = try reader.optionalInteger("kernelTCP")
        swappiness = try reader.optionalInteger("swappiness")
        disableOOMKiller = try reader.optionalBool("disableOOMKiller")
    }
}

extension Spec.LinuxResources.CPU {
    init(reading reader: ObjectReader) throws(SpecError) {
        shares = try reader.optionalInteger("shares")
        quota = try reader.optionalInteger("quota")
        burst = try reader.optionalInteger("burst")
        period = try reader.optionalInteger("period")
        realtimeRuntime = try reader.optionalInteger("realtimeRuntime")
        realtimePeriod = try reader.optionalInteger("realtimePeriod")
        cpus = try reader.string("cpus")
        mems = try reader.string("mems")
        idle = try reader.optionalInteger("idle")
    }
}

extension Spec.LinuxResources.BlockIO {
    init(reading reader: ObjectReader) throws(SpecError) {
        weight = try reader.optionalInteger("weight")
        leafWeight = try reader.optionalInteger("leafWeight")
        weightDevice = try reader.objects("weightDevice") { reader throws(SpecError) in
            Spec.LinuxResources.WeightDevice(
                major: try reader.integer("major"), minor: try reader.integer("minor"),
                weight: try reader.optionalInteger("weight"),
                leafWeight: try reader.optionalInteger("leafWeight"))
        }
        typealias Throttle = Spec.LinuxResources.ThrottleDevice
        throttleReadBpsDevice = try reader.objects("throttleReadBpsDevice", Throttle.init(reading:))
        throttleWriteBpsDevice = try reader.objects("throttleWriteBpsDevice", Throttle.init(reading:))
        throttleReadIOPSDevice = try reader.objects("throttleReadIOPSDevice", Throttle.init(reading:))
        throttleWriteIOPSDevice = try reader.objects("throttleWriteIOPSDevice", Throttle.init(reading:))
    }
}

extension Spec.LinuxResources.ThrottleDevice {
    init(reading reader: ObjectReader) throws(SpecError) {
        major = try reader.integer("major")
        minor = try reader.integer("minor")
        rate = try reader.integer("rate")
    }
}

extension Spec.LinuxResources.DeviceRule {
    init(reading reader: ObjectReader) throws(SpecError) {
        allow = try reader.bool("allow")
        type = try reader.string("type")
        major = try reader.optionalInteger("major")
        minor = try reader.optionalInteger("minor")
        access = try reader.string("access")
    }
}

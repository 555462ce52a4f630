package import OCI

/// One value to be written to one file of a cgroup.
package struct CgroupSetting: Sendable, Equatable {
    /// The controller that has the file.
    package let controller: String
    /// The name of the file in the cgroup's directory.
    package let file: String
    /// What is written, without an end of line.
    package let value: String
    /// What to write where instead if the file is not there: some schedulers have their own.
    package let fallback: Fallback?

    /// Another file with its own scale.
    package struct Fallback: Sendable, Equatable {
        /// The name of the other file.
        package let file: String
        /// The value on that file's scale.
        package let value: String
    }

    /// A value for a file.
    package init(_ controller: String, _ file: String, value: String, fallback: Fallback? = nil) {
        self.controller = controller
        self.file = file
        self.value = value
        self.fallback = fallback
    }

    init(_ controller: String, _ file: String, _ number: some FixedWidthInteger) {
        self.init(controller, file, value: String(number))
    }
}

extension CgroupSetting {
    /// The limits of a spec as files of version 1.
    ///
    /// A zero is "not set", as Go's callers mean it. The limit of kernel memory is left out: kernels since 5.16 refuse
    /// it. Rules about devices are left out: the guest's devices are the Sentry's.
    package static func v1(_ resources: Spec.LinuxResources) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        func add<Number: FixedWidthInteger>(_ controller: String, _ file: String, _ number: Number?) {
            if let number, number != 0 { settings.append(CgroupSetting(controller, file, number)) }
        }
        func add(_ controller: String, _ file: String, text: String) {
            if !text.isEmpty { settings.append(CgroupSetting(controller, file, value: text)) }
        }
        if let memory = resources.memory {
            add("memory", "memory.limit_in_bytes", memory.limit)
            add("memory", "memory.soft_limit_in_bytes", memory.reservation)
            add("memory", "memory.memsw.limit_in_bytes", memory.swap)
            add("memory", "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP)
            if let swappiness = memory.swappiness {
                settings.append(CgroupSetting("memory", "memory.swappiness", swappiness))
            }
            if memory.disableOOMKiller == true { add("memory", "memory.oom_control", 1) }
        }
        if let cpu = resources.cpu {
            add("cpu", "cpu.shares", cpu.shares)
            add("cpu", "cpu.cfs_period_us", cpu.period)
            add("cpu", "cpu.cfs_quota_us", cpu.quota)
            add("cpu", "cpu.cfs_burst_us", cpu.burst)
            add("cpu", "cpu.rt_period_us", cpu.realtimePeriod)
            add("cpu", "cpu.rt_runtime_us", cpu.realtimeRuntime)
            add("cpu", "cpu.idle", cpu.idle)
            add("cpuset", "cpuset.cpus", text: cpu.cpus)
            add("cpuset", "cpuset.mems", text: cpu.mems)
        }
        if let limit = resources.pids?.limit, limit != 0 {
            add("pids", "pids.max", text: limit < 0 ? "max" : String(limit))
        }
        if let io = resources.blockIO { settings += v1(io) }
        for limit in resources.hugepageLimits {
            settings.append(CgroupSetting("hugetlb", "hugetlb.\(limit.pageSize).limit_in_bytes", limit.limit))
        }
        if let network = resources.network {
            add("net_cls", "net_cls.classid", network.classID)
            for entry in network.priorities {
                add("net_prio", "net_prio.ifpriomap", text: "\(entry.name) \(entry.priority)")
            }
        }
        return settings
    }

    private static func v1(_ io: Spec.LinuxResources.BlockIO) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        func weight(_ kind: String, _ value: String) {
            let bfq = Fallback(file: "blkio.bfq.\(kind)", value: value)
            settings.append(CgroupSetting("blkio", "blkio.\(kind)", value: value, fallback: bfq))
        }
        if let value = io.weight, value != 0 { weight("weight", String(value)) }
        for device in io.weightDevice {
            if let value = device.weight {
                weight("weight_device", "\(device.major):\(device.minor) \(value)")
            }
        }
        for (file, devices) in [
            ("read_bps", io.throttleReadBpsDevice), ("write_bps", io.throttleWriteBpsDevice),
            ("read_iops", io.throttleReadIOPSDevice), ("write_iops", io.throttleWriteIOPSDevice),
        ] {
            for device in devices {
                settings.append(
                    CgroupSetting(
                        "blkio", "blkio.throttle.\(file)_device",
                        value: "\(device.major):\(device.minor) \(device.rate)"))
            }
        }
        return settings
    }
}

package import OCI

extension CgroupSetting {
    /// The limits of a spec as files of version 2, whose scales differ from those that specs are written in.
    ///
    /// - Parameter resources: Zero is "not set", -1 "no limit". `unified` is written last and as it is.
    /// - Returns: The settings.
    /// - Throws: `badLimit` for swap without memory or below it, and for a `unified` key that is no file name.
    package static func v2(_ resources: Spec.LinuxResources) throws(CgroupError) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        func add(_ controller: String, _ file: String, _ value: String) {
            settings.append(CgroupSetting(controller, file, value: value))
        }
        if let memory = resources.memory { settings += try v2(memory) }
        if let cpu = resources.cpu {
            if let shares = cpu.shares, shares != 0 {
                add("cpu", "cpu.weight", String(weight(ofShares: shares)))
            }
            if cpu.quota ?? 0 != 0 || cpu.period ?? 0 != 0 {
                let quota = cpu.quota.flatMap { $0 > 0 ? String($0) : nil } ?? "max"
                let period = cpu.period.flatMap { $0 == 0 ? nil : $0 } ?? 100_000
                add("cpu", "cpu.max", "\(quota) \(period)")
            }
            if let burst = cpu.burst { add("cpu", "cpu.max.burst", String(burst)) }
            if let idle = cpu.idle, idle != 0 { add("cpu", "cpu.idle", String(idle)) }
            if !cpu.cpus.isEmpty { add("cpuset", "cpuset.cpus", cpu.cpus) }
            if !cpu.mems.isEmpty { add("cpuset", "cpuset.mems", cpu.mems) }
        }
        if let limit = resources.pids?.limit, limit != 0 { add("pids", "pids.max", text(limit)) }
        if let io = resources.blockIO { settings += v2(io) }
        for limit in resources.hugepageLimits {
            add("hugetlb", "hugetlb.\(limit.pageSize).max", String(limit.limit))
        }
        for (file, value) in resources.unified.sorted(by: { $0.key < $1.key }) {
            guard let dot = file.firstIndex(of: "."), dot != file.startIndex, !file.contains("/") else {
                throw .badLimit("\"\(file)\" in linux.resources.unified is no file of a controller")
            }
            add(String(file[..<dot]), file, value)
        }
        return settings
    }

    private static func v2(_ memory: Spec.LinuxResources.Memory) throws(CgroupError) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        if let limit = memory.limit, limit != 0 {
            settings.append(CgroupSetting("memory", "memory.max", value: text(limit)))
        }
        if let swap = memory.swap, swap != 0 {
            // The spec counts memory and swap together, version 2 swap alone.
            let value: String
            if swap < 0 {
                value = "max"
            } else {
                guard let limit = memory.limit, limit > 0 else {
                    throw .badLimit("memory.swap is set without memory.limit")
                }
                guard swap >= limit else {
                    throw .badLimit("memory.swap \(swap) is below memory.limit \(limit)")
                }
                value = String(swap - limit)
            }
            settings.append(CgroupSetting("memory", "memory.swap.max", value: value))
        }
        if let low = memory.reservation, low != 0 {
            settings.append(CgroupSetting("memory", "memory.low", value: text(low)))
        }
        return settings
    }

    private static func v2(_ io: Spec.LinuxResources.BlockIO) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        func weigh(_ subject: String, _ weight: UInt16) {
            // The bfq scheduler's file takes the scale of version 1.
            let bfq = Fallback(file: "io.bfq.weight", value: "\(subject) \(weight)")
            let value = "\(subject) \(self.weight(ofBlockIO: weight))"
            settings.append(CgroupSetting("io", "io.weight", value: value, fallback: bfq))
        }
        if let weight = io.weight, weight != 0 { weigh("default", weight) }
        for device in io.weightDevice {
            if let weight = device.weight { weigh("\(device.major):\(device.minor)", weight) }
        }
        for (key, devices) in [
            ("rbps", io.throttleReadBpsDevice), ("wbps", io.throttleWriteBpsDevice),
            ("riops", io.throttleReadIOPSDevice), ("wiops", io.throttleWriteIOPSDevice),
        ] {
            for device in devices {
                let value = "\(device.major):\(device.minor) \(key)=\(device.rate)"
                settings.append(CgroupSetting("io", "io.max", value: value))
            }
        }
        return settings
    }

    /// From 2…262144 shares to a weight of 1…10000.
    package static func weight(ofShares shares: UInt64) -> UInt64 {
        1 + (min(max(shares, 2), 262_144) - 2) * 9999 / 262_142
    }

    /// From a blkio weight of 10…1000 to an io weight of 1…10000.
    package static func weight(ofBlockIO weight: UInt16) -> UInt64 {
        1 + (UInt64(min(max(weight, 10), 1000)) - 10) * 9999 / 990
    }

    private static func text(_ limit: Int64) -> String { limit < 0 ? "max" : String(limit) }
}

/// A property of a unit, as systemd.resource-control(5) and org.freedesktop.systemd1(5) have them.
package struct UnitProperty: Sendable, Equatable {
    /// The name.
    package let name: String
    /// The value, whose type is the property's.
    package let value: DBusValue

    /// A property.
    package init(_ name: String, _ value: DBusValue) {
        self.name = name
        self.value = value
    }
}

extension [UnitProperty] {
    /// Writes them as `a(sv)`.
    func write(to body: inout DBusWriter) {
        body.array(alignment: 8) { list in
            for property in self {
                list.align(to: 8)
                list.string(property.name)
                list.variant(property.value)
            }
        }
    }

    /// What the scope of a sandbox has beside its limits, as runc and gVisor's own runtime have it.
    ///
    /// - Parameters:
    ///   - name: The container's.
    ///   - slice: The unit in which it is.
    ///   - pid: Its first process.
    ///   - isVersion1: Whether the host has controllers of version 1, one of which had another name then.
    package static func scope(of name: String, slice: String, pid: Int32, isVersion1: Bool) -> Self {
        [
            UnitProperty("Description", .string("gVisor sandbox \(name)")),
            UnitProperty("Slice", .string(slice)),
            // What is below, and which processes are in it, is ours.
            UnitProperty("Delegate", .boolean(true)),
            // It is not stopped before the shim and containerd when the machine goes down.
            UnitProperty("DefaultDependencies", .boolean(false)),
            // One that failed does not stay behind: its shim may have been killed as well.
            UnitProperty("CollectMode", .string("inactive-or-failed")),
            UnitProperty("PIDs", .uint32s([UInt32(bitPattern: pid)])),
            UnitProperty("MemoryAccounting", .boolean(true)),
            UnitProperty("CPUAccounting", .boolean(true)),
            UnitProperty("TasksAccounting", .boolean(true)),
            // As many as the spec says: systemd's own default is a part of what the machine can have.
            UnitProperty("TasksMax", .uint64(.max)),
            UnitProperty(isVersion1 ? "BlockIOAccounting" : "IOAccounting", .boolean(true)),
        ]
    }

    /// The limits that systemd knows, too.
    ///
    /// All are written to cgroupfs as well; but systemd holds the files of a unit's own directory for its own, and puts
    /// its values into them again when it is reloaded. What it has no property for it leaves alone.
    /// - Parameter settings: Of either version: their files have different names.
    package static func limits(_ settings: [CgroupSetting]) -> Self {
        var values: [String: String] = [:]
        // Of weights the one for all devices.
        for setting in settings where setting.file != "io.weight" || setting.value.hasPrefix("default ") {
            values[setting.file] = setting.value
        }
        var properties: [UnitProperty] = []
        func add(_ name: String, _ value: DBusValue?) {
            if let value { properties.append(UnitProperty(name, value)) }
        }
        for (file, name) in numbers { add(name, values[file].flatMap(number).map(DBusValue.uint64)) }
        let weight = values["io.weight"]?.dropFirst("default ".count)
        add("IOWeight", weight.flatMap { number(String($0)) }.map(DBusValue.uint64))
        let maximum = values["cpu.max"]?.split(separator: " ").map(String.init)
        let quota = maximum?.first ?? values["cpu.cfs_quota_us"]
        let period = maximum?.dropFirst().first ?? values["cpu.cfs_period_us"]
        if quota != nil || period != nil {
            let length = period.flatMap { UInt64($0) } ?? 100_000
            add("CPUQuotaPerSecUSec", .uint64(perSecond(quota.flatMap(number) ?? .max, in: length)))
            if period != nil { add("CPUQuotaPeriodUSec", .uint64(length)) }
        }
        add("AllowedCPUs", values["cpuset.cpus"].flatMap(CgroupFiles.bitsOfList).map(DBusValue.bytes))
        add("AllowedMemoryNodes", values["cpuset.mems"].flatMap(CgroupFiles.bitsOfList).map(DBusValue.bytes))
        return properties
    }

    /// Files with one number, and the property of the same meaning and scale.
    private static let numbers = [
        ("memory.max", "MemoryMax"), ("memory.high", "MemoryHigh"), ("memory.low", "MemoryLow"),
        ("memory.min", "MemoryMin"), ("memory.swap.max", "MemorySwapMax"), ("cpu.weight", "CPUWeight"),
        ("pids.max", "TasksMax"),
        ("memory.limit_in_bytes", "MemoryLimit"), ("cpu.shares", "CPUShares"),
        ("blkio.weight", "BlockIOWeight"),
    ]

    /// No limit is the greatest number.
    private static func number(_ text: String) -> UInt64? {
        text == "max" || text.hasPrefix("-") ? .max : UInt64(text)
    }

    /// Microseconds of CPU time in each second, rounded up to hundredths: systemd counts in percent.
    private static func perSecond(_ quota: UInt64, in period: UInt64) -> UInt64 {
        guard period > 0, quota < .max else { return .max }
        let (product, overflow) = quota.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return .max }
        let (rounded, isTooMuch) = (product / period).addingReportingOverflow(9999)
        return isTooMuch ? .max : rounded / 10_000 * 10_000
    }
}

extension NetworkSettings {
    /// Settings by the flags of runsc, names without dashes; flags of other things are passed over.
    ///
    /// - Throws: `RuntimeError` naming a flag whose value is not of its type, or that asks for what the shim
    ///   does not set up: networks by XDP, and copies of the host's packet filter.
    package init(flags: [String: String]) throws(RuntimeError) {
        self.init()
        for name in ["EXPERIMENTAL-afxdp", "reproduce-nat", "reproduce-nftables"]
        where try Self.bool(flags, name) ?? false {
            throw RuntimeError(.unsupported, "flag \"\(name)\" is not supported")
        }
        if let mode = flags["EXPERIMENTAL-xdp"], !mode.isEmpty, mode != "off" {
            throw RuntimeError(.unsupported, "flag \"EXPERIMENTAL-xdp\": \"\(mode)\" is not supported")
        }
        hostSegmentationOffload = try Self.bool(flags, "gso") ?? hostSegmentationOffload
        ownSegmentationOffload = try Self.bool(flags, "software-gso") ?? ownSegmentationOffload
        sendChecksumOffload = try Self.bool(flags, "tx-checksum-offload") ?? sendChecksumOffload
        receiveChecksumOffload = try Self.bool(flags, "rx-checksum-offload") ?? receiveChecksumOffload
        logsPackets = try Self.bool(flags, "log-packets") ?? logsPackets
        disconnectOK = try Self.bool(flags, "net-disconnect-ok") ?? disconnectOK
        pausesExternalNetworking =
            try Self.bool(flags, "pause-external-networking") ?? pausesExternalNetworking
        allowsConnectedOnSave = try Self.bool(flags, "allow-connected-on-save") ?? allowsConnectedOnSave
        channels = try Self.number(flags, "num-network-channels", 1...Int64(Int32.max)) ?? channels
        processorsPerChannel =
            try Self.number(flags, "network-processors-per-channel", 0...Int64(Int32.max))
            ?? processorsPerChannel
        tokenBucketRate = try Self.number(flags, "qdisc-tbf-rate", 0...Int64.max) ?? tokenBucketRate
        tokenBucketBurst =
            try Self.number(flags, "qdisc-tbf-burst", 0...Int64(UInt32.max)) ?? tokenBucketBurst
        packetLog = flags["pcap-log"].flatMap { $0.isEmpty ? nil : $0 }
        try setQueueingDiscipline(flags["qdisc"] ?? "fifo")
        try setReceiveOffload(flags["gvisor-gro"] ?? "false")
    }

    private mutating func setQueueingDiscipline(_ text: String) throws(RuntimeError) {
        switch text {
        case "none": queueingDiscipline = .none
        case "fifo": queueingDiscipline = .fifo
        case "tbf": queueingDiscipline = .tokenBucket
        default: throw Self.mismatch("qdisc", "none, fifo or tbf", text)
        }
    }

    /// The 2022 release has a duration here, later ones a Boolean.
    private mutating func setReceiveOffload(_ text: String) throws(RuntimeError) {
        switch text {
        case "true", "false": receiveOffload = text == "true"
        default:
            guard let duration = Self.nanoseconds(text) else {
                throw Self.mismatch("gvisor-gro", "true, false or a duration", text)
            }
            receiveOffloadTimeout = duration
        }
    }

    /// Reads a duration of one unit, as "20000ns" or "1.5ms".
    private static func nanoseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)) else { continue }
            let value = number * factor
            return value >= 0 && value < 9e18 ? Int64(value) : nil
        }
        return nil
    }

    private static func bool(_ flags: [String: String], _ name: String) throws(RuntimeError) -> Bool? {
        guard let text = flags[name] else { return nil }
        guard text == "true" || text == "false" else { throw mismatch(name, "true or false", text) }
        return text == "true"
    }

    private static func number<Integer: FixedWidthInteger>(
        _ flags: [String: String], _ name: String, _ range: ClosedRange<Int64>
    ) throws(RuntimeError) -> Integer? {
        guard let text = flags[name] else { return nil }
        guard let number = Int64(text), range.contains(number), let value = Integer(exactly: number) else {
            throw mismatch(name, "a number from \(range.lowerBound) to \(range.upperBound)", text)
        }
        return value
    }

    private static func mismatch(_ name: String, _ expected: String, _ text: String) -> RuntimeError {
        RuntimeError(.invalid, "flag \"\(name)\": expected \(expected), not \"\(text)\"")
    }
}

import OCI
import Sys

extension RunscContainer {
    /// What the container uses: the Sentry's counters, its CPU time taken from the host's.
    package func statistics() async throws -> Statistics {
        let event = try await describing("statistics") { try await sandbox.sentry.event(of: id) }
        let host = sandbox.launch.cgroup?.usage()
        var statistics = Statistics(event: event, container: id, host: host)
        let own = sandbox.members.resources(of: id)
        func limit(_ own: Int64?, _ host: UInt64?) -> UInt64 {
            if let own, own > 0 { return UInt64(own) }
            // The sandbox's limits are its only container's too.
            guard isRoot, let host, host > 0 else { return Statistics.unlimited }
            return host
        }
        statistics.memoryLimit = limit(own?.memory?.limit, host?.memoryLimit)
        statistics.pidsLimit = limit(own?.pids?.limit, host?.pidsLimit)
        statistics.memoryPeak = max(statistics.memoryPeak, isRoot ? host?.memoryPeak ?? 0 : 0)
        return statistics
    }

    package func sandboxStatistics() -> Statistics { sandbox.launch.cgroup?.usage() ?? Statistics() }
}

extension Statistics {
    /// Of the Sentry's clock for CPU time, in nanoseconds: its ClockTick is 10 ms.
    private static let halfTick = 5e6

    /// Reads the answer of the Sentry's `Event` call.
    ///
    /// - Parameter host: what the whole sandbox uses, as the host's cgroup has it. Where the Sentry does not count a
    ///   container's CPU time by itself it knows in which proportion its containers used the sandbox's. Without the
    ///   host's, the Sentry's estimate is all there is.
    init(event: JSONValue, container: String, host: Statistics?) {
        self.init()
        let data = event[["event", "data"]] ?? [:]
        let shares = (event["containerUsage"]?.object ?? [:]).compactMapValues(\.uint64)
        let own = shares[container] ?? 0
        if shares.isEmpty {
            // A container that sees its cgroups is counted there.
            cpuTotal = data[["cpu", "usage", "total"]]?.uint64 ?? 0
        } else if let hostCPU = host?.cpuTotal, hostCPU > 0 {
            // The Sentry counts in ticks, and what ran for less than one shows as nothing; half a tick is nearest to the truth.
            let share =
                (Double(own) + Self.halfTick)
                / shares.values.reduce(0) { $0 + Double($1) + Self.halfTick }
            cpuTotal = UInt64(Double(hostCPU) * min(share, 1))
        } else {
            cpuTotal = own
        }
        // Which part the kernel had is known of the whole sandbox only.
        let parts = (host?.cpuUser ?? 0) + (host?.cpuKernel ?? 0)
        let kernel = parts == 0 ? 0 : Double(host?.cpuKernel ?? 0) / Double(parts)
        cpuKernel = UInt64(Double(cpuTotal) * kernel)
        cpuUser = cpuTotal - cpuKernel
        throttling = host?.throttling ?? Throttling()
        memoryUsage = data[["memory", "usage", "usage"]]?.uint64 ?? 0
        memoryPeak = data[["memory", "usage", "max"]]?.uint64 ?? 0
        pids = data[["pids", "current"]]?.uint64 ?? 0
        interfaces = (data["network_interfaces"]?.array ?? []).map { entry in
            var interface = InterfaceStatistics(name: entry["Name"]?.string ?? "")
            interface.receivedBytes = entry["RxBytes"]?.uint64 ?? 0
            interface.receivedPackets = entry["RxPackets"]?.uint64 ?? 0
            interface.sentBytes = entry["TxBytes"]?.uint64 ?? 0
            interface.sentPackets = entry["TxPackets"]?.uint64 ?? 0
            return interface
        }
    }
}

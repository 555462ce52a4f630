package import OCI
import Sys

extension RunscContainer {
    /// What the container uses: the Sentry's counters, its CPU time taken from the host's.
    package func statistics() async throws -> Statistics {
        let event = try await describing("statistics") { try await sandbox.sentry.event(of: id) }
        return Statistics(event: event, container: id, hostCPU: sandbox.launch.cgroup?.cpuTotal())
    }

    package func update(_ resources: OCI.LinuxResources) async throws {
        guard isRoot, let cgroup = sandbox.launch.cgroup else {
            throw RuntimeError(.unsupported, "update of container \(id): it has no cgroup of its own")
        }
        try cgroup.update(resources)
    }
}

extension Statistics {
    /// Reads the answer of the Sentry's `Event` call.
    ///
    /// - Parameter hostCPU: the CPU time of the whole sandbox in nanoseconds, as the host's cgroup has it. The Sentry
    ///   knows only in which proportion its containers used it. Without it, the Sentry's estimate is all there is.
    init(event: JSONValue, container: String, hostCPU: UInt64?) {
        self.init()
        let data = event[["event", "data"]] ?? [:]
        let shares = (event["containerUsage"]?.object ?? [:]).compactMapValues(\.uint64)
        let own = shares[container] ?? 0
        if let hostCPU {
            let sum = shares.values.reduce(0) { $0 &+ $1 }
            // Before anything ran, all containers are alike.
            let share = sum == 0 ? 1 / Double(max(shares.count, 1)) : Double(own) / Double(sum)
            cpuTotal = UInt64(Double(hostCPU) * share)
        } else {
            cpuTotal = own
        }
        cpuUser = data[["cpu", "usage", "user"]]?.uint64 ?? 0
        cpuKernel = data[["cpu", "usage", "kernel"]]?.uint64 ?? 0
        memoryUsage = data[["memory", "usage", "usage"]]?.uint64 ?? 0
        memoryLimit = data[["memory", "usage", "limit"]]?.uint64 ?? 0
        memoryPeak = data[["memory", "usage", "max"]]?.uint64 ?? 0
        pids = data[["pids", "current"]]?.uint64 ?? 0
        pidsLimit = data[["pids", "limit"]]?.uint64 ?? 0
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

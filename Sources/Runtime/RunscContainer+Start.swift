import OCI
import Sys

extension RunscContainer {
    func startRoot() async throws {
        let address = try await configureNetwork()
        if let checkpoint {
            try await restoreRoot(from: checkpoint)
        } else {
            sandbox.stayAwake()
            try await describing("start") { try await sandbox.sentry.startRoot(id) }
        }
        if let address { forwardPorts(to: address) }
    }

    /// Starts a container that joined a running sandbox: its files and its stdio go with the call.
    func startJoined(_ pending: PendingStart) async throws {
        let start = SubcontainerStart(
            launch: launch, resolvedMounts: try await resolvedMounts(pending), stdio: pending.stdio,
            filestores: filestores, goferConnections: pending.connections.ofSentry)
        let (json, descriptors) = (try start.json(), try start.descriptors())
        // As for onlookers, a limit that the kernel refuses is no reason to refuse the container.
        do throws(CgroupError) { try await sandbox.limitMemory(starting: id, gofer: gofer) } catch {
            warn("memory of sandbox \(sandbox.id): \(error)")
        }
        if checkpoint != nil {
            try await describing("restore") {
                try await sandbox.sentry.restoreSubcontainer(json, descriptors)
            }
        } else {
            sandbox.stayAwake()
            try await describing("start") { try await sandbox.sentry.startSubcontainer(json, descriptors) }
        }
        for descriptor in filestores { descriptor.close() }
    }

    /// The gofer resolves the links in the mounts' destinations, says where they lead, and closes the pipe.
    private func resolvedMounts(_ pending: PendingStart) async throws -> JSONValue {
        if let direct = launch.direct { return direct.spec.raw["mounts"] ?? [] }
        guard let gofer = pending.gofer else { return launch.spec.raw["mounts"] ?? [] }
        let pipe = try AsyncFD(pending.connections.mounts)
        defer { pipe.close() }
        let bytes = try await withDeadline(launch.configuration.bounds.start, "mounts of container \(id)") {
            var bytes: [UInt8] = []
            while bytes.count <= JSONLimits.config.maximumBytes {
                let more = try await pipe.read(upTo: 64 << 10)
                if more.isEmpty { break }
                bytes += more
            }
            return bytes
        }
        if bytes.isEmpty {
            let said = gofer.errors.summary()
            throw RuntimeError(
                .failed, "runsc gofer of container \(id) ended before it had mounted its files: \(said)")
        }
        return try JSONValue.parse(bytes)
    }
}

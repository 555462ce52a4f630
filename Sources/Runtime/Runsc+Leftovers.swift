import OCI
import Sys

extension Runsc {
    /// Ends and removes what a shim that is gone has left of a container: what `delete` is for.
    ///
    /// Works without any state file, because the shim may have died before it wrote one: the processes are known by
    /// their command lines, the files by the container's id. Nothing there is fine.
    ///
    /// - Throws: the first failure; the rest is removed all the same.
    package static func removeLeftovers(of id: String, bundle: String, root: String) async throws {
        let id = try ContainerID(id)
        let records = await leftRecords(of: id, root: root)
        await leaveForeignSandbox(records)
        var failure: (any Error)?
        func attempt(_ step: () async throws -> Void) async {
            do { try await step() } catch { failure = failure ?? error }
        }
        await attempt { try await endProcesses(root: root, bundle: bundle) }
        await attempt { try await giveNetworkBack(of: id, bundle: bundle, root: root) }
        await attempt { try File.remove("\(root)/runsc-\(id).sock") }
        await attempt { try removeFilestores(of: id, bundle: bundle, records: records.map(\.record)) }
        await attempt { try await removeCgroups(of: id, bundle: bundle, records) }
        for (directory, file, _) in records { await attempt { try await directory.remove(file) } }
        await attempt { try await removeMembers(of: id, root: root) }
        await attempt { try await StateDirectory(root: root, form: .r24).removeRemains(of: id) }
        if let failure { throw failure }
    }

    /// Removes what is left of the other containers of a sandbox, which have ended with it.
    ///
    /// Where containerd made the sandbox by itself it runs `delete` for that alone.
    private static func removeMembers(of id: ContainerID, root: String) async throws {
        let directory = StateDirectory(root: root, form: .r24)
        for file in (try? directory.list()) ?? [] where file.sandbox == id && !file.isRoot {
            guard let record = try? await directory.load(file) else { continue }
            try await removeLeftovers(of: file.container.text, bundle: record.bundle, root: root)
        }
    }

    private typealias LeftRecord = (directory: StateDirectory, file: StateFileID, record: ContainerRecord)

    private static func leftRecords(of id: ContainerID, root: String) async -> [LeftRecord] {
        let directory = StateDirectory(root: root, form: .r24)
        var records: [LeftRecord] = []
        for file in (try? directory.list()) ?? [] where file.container == id {
            guard let record = try? await directory.load(file) else { continue }
            records.append((directory, file, record))
        }
        return records
    }

    /// A container that joined a sandbox which outlived the shim: the Sentry is asked to end it.
    private static func leaveForeignSandbox(_ records: [LeftRecord]) async {
        for (_, file, record) in records where !file.isRoot {
            let socket = record.sandbox.controlSocketPath
            guard !socket.isEmpty else { continue }
            let client = ControlClient(addresses: [.path(socket)])
            _ = try? await client.call(
                "containerManager.DestroySubcontainer", .string(file.container.text), deadline: .seconds(2))
        }
    }

    /// Kills the gofer and the Sentry of a bundle, and waits for their end.
    private static func endProcesses(root: String, bundle: String) async throws {
        let left = ForeignProcess.all { arguments in
            guard let name = arguments.first, name == "runsc-sandbox" || name == "runsc-gofer" else {
                return false
            }
            // Written by us with "=", and by runsc, when it executes itself again, in either form.
            let isBundle =
                arguments.contains("--bundle=\(bundle)")
                || zip(arguments, arguments.dropFirst()).contains { $0 == "--bundle" && $1 == bundle }
            return isBundle && arguments.contains("--root=\(root)")
        }
        for process in left { process.kill(Signal.kill) }
        for process in left {
            try await withDeadline(Bounds().reap, "end of process \(process.pid)") {
                try await process.ended()
            }
        }
    }

    private static func giveNetworkBack(of id: ContainerID, bundle: String, root: String) async throws {
        let namespace = document(bundle)?.spec.linux?.namespace(.network)?.path ?? ""
        let journal = NetworkJournal.path(root: root, sandbox: id.text)
        guard !namespace.isEmpty else { return try NetworkJournal.remove(journal) }
        try await SandboxNetwork.giveBack(to: namespace, journal: journal)
    }

    private static func removeCgroups(of id: ContainerID, bundle: String, _ records: [LeftRecord])
        async throws
    {
        let host = try CgroupHost.current()
        let path = document(bundle)?.spec.linux?.cgroupsPath ?? ""
        await stopScope(path, of: host)
        for (_, file, record) in records {
            try await host.open(file.isRoot ? record.sandbox.cgroup : record.compatCgroup)?.remove()
        }
        guard records.isEmpty, document(bundle) != nil else { return }
        try await host.adopt(path: path.isEmpty ? "/\(id)" : path)?.remove()
    }

    /// systemd ends a scope itself when its last process has ended; but its name may be wanted again at once.
    private static func stopScope(_ path: String, of host: CgroupHost) async {
        guard let systemd = host.systemd, let unit = try? SystemdPath(path), unit.isScope else { return }
        try? await Systemd(systemd.addresses, bound: .seconds(2)).stop(unit.unit)
    }

    /// The container's spec, if it is still there and can be read.
    private static func document(_ bundle: String) -> SpecDocument? {
        guard let bytes = try? File.read("\(bundle)/config.json", limit: JSONLimits.config.maximumBytes),
            var document = try? SpecDocument(parsing: bytes)
        else { return nil }
        document.makePathsAbsolute(bundle: bundle)
        return document
    }

    /// Removes the files of overlaid mounts.
    ///
    /// They are named after the sandbox. Those that its containers share go with its root container.
    private static func removeFilestores(
        of id: ContainerID, bundle: String, records: [ContainerRecord]
    ) throws(SysError) {
        var files: Set = [Filestores.path(in: "\(bundle)/rootfs", sandbox: id.text)]
        for record in records {
            guard let spec = try? SpecDocument(raw: record.spec).spec else { continue }
            for (index, source) in spec.goferSources.enumerated() {
                let isShared =
                    record.goferMountConfs.dropFirst(index).first?.lower == GoferMountConf.Lower.none
                if isShared && record.sandbox.id != id.text { continue }
                files.insert(Filestores.path(in: source, sandbox: record.sandbox.id))
            }
        }
        if let spec = document(bundle)?.spec {
            let shared = (try? MountHints(spec.annotations).sharedSources) ?? []
            for source in spec.goferSources + shared {
                files.insert(Filestores.path(in: source, sandbox: id.text))
            }
        }
        for file in files {
            do throws(SysError) {
                try File.remove(file)
            } catch  where error.code == .notDirectory {
                // A single file is mounted there.
            }
        }
    }
}

extension Spec {
    /// The host's paths that a gofer serves: the root's, then those of the bind mounts.
    fileprivate var goferSources: [String] {
        (root.map { [$0.path] } ?? []) + mounts.filter(\.isServedByGofer).map(\.source)
    }
}

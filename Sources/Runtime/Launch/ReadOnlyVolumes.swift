import OCI
import Sys

extension SpecDocument {
    /// How many mounts a container may have beside those of its spec: each costs a connection between gofer and Sentry.
    private static let limitBelowVolumes = 64

    /// File systems by which the kernel is spoken to: who may only read a volume has no business in them.
    private static let kernelsOwn: Set<String> = [
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
        "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs",
        "selinuxfs", "sysfs", "tracefs",
    ]

    /// Adds a mount for what the host has mounted below a read-only volume and is not read-only itself.
    ///
    /// To the kernel "ro" is the one mount, and "rro" also what is mounted below it (runtime specification, "mounts"). To the
    /// Sentry a volume is one mount with all that is below it, which the gofer serves as one tree. What would need more
    /// mounts than there may be stays read-only, and so do the file systems of the kernel's own.
    ///
    /// - Parameter isWhole: says of a source that its volume is a mount of the host's files, and no memory of the Sentry's.
    mutating func mountBelowReadOnlyVolumes(where isWhole: (String) -> Bool) throws {
        var mounts: [JSONValue] = []
        var table: MountTable?
        for (mount, raw) in zip(spec.mounts, raw["mounts"]?.array ?? []) {
            mounts.append(raw)
            guard mount.isServedByGofer, mount.options.contains("ro"), mount.options.contains("rbind"),
                !mount.options.contains("rro"), mount.uidMappings.isEmpty, isWhole(mount.source),
                // What is missing is named by whoever mounts it.
                let place = try? File.open(mount.source, [.path]), try FileStatus(place).isDirectory
            else { continue }
            let all = try table ?? MountTable.current()
            table = all
            let source = try File.readLink("/proc/self/fd/\(place.raw)")
            mounts += below(mount, source, all.visible(below: source, in: try Mount.id(of: place)))
        }
        guard mounts.count > spec.mounts.count,
            mounts.count - spec.mounts.count <= Self.limitBelowVolumes, mounts.count <= Self.mountLimit
        else { return }
        try replaceMounts(.array(mounts))
    }

    /// The mounts for what is seen below the source of a volume, where they differ from what is around them.
    private func below(_ volume: Spec.Mount, _ source: String, _ seen: [MountTable.Entry]) -> [JSONValue] {
        let destination =
            volume.destination.hasSuffix("/") ? String(volume.destination.dropLast()) : volume.destination
        var made: [(path: String, isReadOnly: Bool)] = []
        return seen.compactMap { entry -> JSONValue? in
            let isReadOnly = entry.isReadOnly || Self.kernelsOwn.contains(entry.type)
            let around = made.last { entry.path.hasPrefix($0.path + "/") }?.isReadOnly ?? true
            let place = destination + entry.path.dropFirst(source == "/" ? 0 : source.count)
            // What the spec mounts there itself hides it.
            let isHidden = spec.mounts.contains {
                $0.destination.hasPrefix(destination + "/") && (place + "/").hasPrefix($0.destination + "/")
            }
            guard isReadOnly != around, !isHidden else { return nil }
            made.append((entry.path, isReadOnly))
            let options =
                ["rbind", isReadOnly ? "ro" : "rw"] + (entry.options.contains("noexec") ? ["noexec"] : [])
                + volume.options.filter { $0 == "rprivate" || $0 == "rslave" }
            return [
                "type": "bind", "source": .string(entry.path), "destination": .string(place),
                "options": JSONValue(options),
            ]
        }
    }
}

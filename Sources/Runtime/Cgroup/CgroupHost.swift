package import OCI
internal import Sys

/// Which cgroup hierarchies this host has, and which of them rule.
///
/// A host with any version 1 controller is a version 1 host here, as it is for gVisor and
/// containerd: a unified mount beside it has no controllers to offer.
package struct CgroupHost: Sendable, Equatable {
    /// One mounted hierarchy.
    package struct Hierarchy: Sendable, Equatable {
        /// The directory on which it is mounted.
        package var mountpoint: String
        /// The shim's own cgroup in it, as a path below the mountpoint; relative cgroup paths start there.
        package var own: String

        /// A hierarchy.
        package init(mountpoint: String, own: String) {
            self.mountpoint = mountpoint
            self.own = own
        }
    }

    /// Version 1: a hierarchy for each controller; several controllers may share one.
    package var v1: [String: Hierarchy]
    /// Version 2.
    package var v2: Hierarchy?
    /// Who makes the scopes; nil where the machine was not booted with systemd.
    package var systemd: Systemd?

    /// A host with these hierarchies.
    package init(v1: [String: Hierarchy], v2: Hierarchy?, systemd: Systemd? = nil) {
        self.v1 = v1
        self.v2 = v2
        self.systemd = systemd
    }

    /// The controllers of version 1 that a sandbox has a directory in.
    package static let v1Controllers = [
        "blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "hugetlb", "memory", "net_cls", "net_prio",
        "perf_event", "pids", "rdma", "systemd",
    ]

    /// This host, as the shim sees it.
    package static func current() throws(CgroupError) -> CgroupHost {
        do throws(SysError) {
            var host = CgroupHost(
                mountInfo: try File.readText("/proc/self/mountinfo", limit: 16 << 20),
                selfCgroup: try File.readText("/proc/self/cgroup"))
            host.systemd = Systemd.booted()
            return host
        } catch {
            throw .system(error)
        }
    }

    /// Reads the host's hierarchies out of the two files of /proc/self: proc_pid_mountinfo(5), cgroups(7).
    package init(mountInfo: String, selfCgroup: String) {
        var own: [String: String] = [:]
        for line in selfCgroup.split(separator: "\n") {
            // "4:cpu,cpuacct:/path", and for version 2 "0::/path".
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                own[Self.name(controller)] = String(parts[2])
            }
        }
        v1 = [:]
        v2 = nil
        for mount in MountTable(mountInfo).entries {
            switch mount.type {
            case "cgroup":
                for option in mount.fileSystemOptions {
                    let name = Self.name(option)
                    guard Self.v1Controllers.contains(name), v1[name] == nil else { continue }
                    v1[name] = Hierarchy(
                        mountpoint: mount.path, own: Self.below(root: mount.root, own[name] ?? "/"))
                }
            case "cgroup2" where v2 == nil:
                v2 = Hierarchy(mountpoint: mount.path, own: Self.below(root: mount.root, own[""] ?? "/"))
            default:
                break
            }
        }
    }

    private static func name(_ text: Substring) -> String {
        text.hasPrefix("name=") ? String(text.dropFirst(5)) : String(text)
    }

    /// In a container the mount shows only a part of the hierarchy, while /proc/self/cgroup has the whole path.
    private static func below(root: String, _ path: String) -> String {
        guard root != "/" else { return path }
        if path == root { return "/" }
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : path
    }
}

extension CgroupHost {
    /// Makes a cgroup in cgroupfs.
    ///
    /// A directory that is there already belongs to its maker: it is used, but gets no limits and is not removed.
    /// - Parameters:
    ///   - path: `linux.cgroupsPath` of the spec: absolute from the mountpoints, relative from the shim's own cgroup, or
    ///     systemd's form.
    ///   - resources: The limits.
    ///   - isMade: Whether systemd has made it for us: then it is ours.
    /// - Returns: The cgroup; `remove` is the caller's to call.
    /// - Throws: `CgroupError`, after everything made on the way is removed.
    package func create(
        path: String, resources: Spec.LinuxResources?, isMade: Bool = false
    ) throws(CgroupError) -> any Cgroup {
        let path = try SystemdPath(path)?.path ?? path
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !parts.contains(".."), !path.utf8.contains(0) else { throw .badPath(path) }
        let name = (path.hasPrefix("/") ? "/" : "") + parts.filter { $0 != "." }.joined(separator: "/")
        if !v1.isEmpty { return try CgroupV1.create(name: name, on: self, resources, isMade: isMade) }
        guard let v2 else { throw .noHierarchy }
        return try CgroupV2.create(name: name, on: v2, resources, isMade: isMade)
    }

    /// Takes up the cgroup of a state file again, to read or to remove it.
    ///
    /// - Returns: nil if the sandbox has none, or one of a form that is not known.
    package func open(_ record: CgroupRecord) -> (any Cgroup)? {
        switch record {
        case .none, .other: nil
        case .v1(let name, let parents, let own): CgroupV1(host: self, name: name, parents: parents, own: own)
        case .v2(let mountpoint, let path, let controllers, let own),
            .systemd(let mountpoint, let path, let controllers, let own, _):
            CgroupV2(mountpoint: mountpoint, path: path, controllers: controllers, own: own)
        }
    }

    /// Takes up the cgroup of a container whose shim died before it wrote down what it had made.
    ///
    /// The directory at a container's own path is nobody else's; those above it are.
    /// - Parameter path: `linux.cgroupsPath` of the spec, absolute or of systemd's form.
    /// - Returns: nil for a path of another form.
    package func adopt(path: String) -> (any Cgroup)? {
        let path = (try? SystemdPath(path)?.path) ?? path
        guard path.hasPrefix("/"), path != "/", !path.split(separator: "/").contains("..") else { return nil }
        if !v1.isEmpty { return CgroupV1(host: self, name: path, parents: [:], own: Set(v1.keys)) }
        guard let v2 else { return nil }
        return CgroupV2(mountpoint: v2.mountpoint, path: path, controllers: [], own: [v2.mountpoint + path])
    }
}

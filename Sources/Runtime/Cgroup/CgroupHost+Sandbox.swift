package import OCI

/// Who makes the cgroup of a sandbox.
package enum CgroupManager: Sendable {
    /// systemd, where the path has its form and it runs the machine; else the shim.
    case automatic
    /// systemd, or nobody.
    case systemd
    /// The shim, also where a path has systemd's form.
    case cgroupfs
}

extension CgroupHost {
    /// Makes the cgroup of a sandbox.
    ///
    /// - Parameters:
    ///   - path: As for `create`.
    ///   - resources: The limits.
    ///   - manager: Who is to make it.
    /// - Returns: The cgroup; `remove` is the caller's to call, and `isOccupied` once the sandbox runs.
    /// - Throws: `CgroupError`, after everything made on the way is removed. It is an error when systemd refuses or does
    ///   not answer: a cgroup that it does not know of would lose its limits some time later, and silently.
    package func createForSandbox(
        path: String, resources: Spec.LinuxResources?, by manager: CgroupManager
    ) async throws(CgroupError) -> any Cgroup {
        let unit = try SystemdPath(path)
        switch (manager, unit, systemd) {
        case (.automatic, let unit?, let systemd?) where unit.isScope,
            (.systemd, let unit?, let systemd?) where unit.isScope:
            return try await SystemdScope.create(unit, on: self, systemd, resources)
        case (.systemd, let unit?, nil) where unit.isScope: throw .systemd(.notBooted)
        case (.systemd, nil, _): throw .noSystemdPath(path)
        default: return try create(path: path, resources: resources)
        }
    }
}

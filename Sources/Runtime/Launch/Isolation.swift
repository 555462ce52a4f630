import OCI
import Sys

/// As whom a process of the sandbox runs, seen from the host.
enum Isolation: Sendable, Equatable {
    /// Root of a user namespace with these mappings.
    case userNamespace(uids: [IDMapping], gids: [IDMapping])
    /// The user nobody, alone in a user namespace, with just the capabilities to build its own root.
    case nobody
    /// Root of the launcher's own user namespace.
    case inherited

    static let nobodyID: UInt32 = 65534

    /// The ids that the state file records, and that stdio files are given to.
    var ids: (uid: UInt32, gid: UInt32) {
        switch self {
        case .nobody: (Self.nobodyID, Self.nobodyID)
        case .userNamespace, .inherited: (0, 0)
        }
    }

    /// The user namespace of the spec, or none.
    ///
    /// One that is to be joined is made anew with the same mappings, which for a sandbox is the same: its processes see only
    /// the Sentry's namespaces, and for the host only whose files they may use counts.
    ///
    /// - Throws: `RuntimeError` for a namespace to be joined whose mappings are unknown.
    static func ofSpec(_ spec: Spec) throws(RuntimeError) -> Isolation {
        guard let linux = spec.linux, let user = linux.namespace(.user) else { return .inherited }
        var (uids, gids) = (linux.uidMappings, linux.gidMappings)
        if let path = user.path, !path.isEmpty, uids.isEmpty, gids.isEmpty {
            (uids, gids) = try Self.mappings(of: path)
        }
        func mappings(_ list: [Spec.IDMapping]) -> [IDMapping] {
            list.map { IDMapping(inside: $0.containerID, outside: $0.hostID, count: $0.size) }
        }
        return .userNamespace(uids: mappings(uids), gids: mappings(gids))
    }

    /// The mappings of the namespace that a process is in; of a namespace alone the kernel does not tell them.
    private static func mappings(of path: String) throws(RuntimeError) -> (
        uids: [Spec.IDMapping], gids: [Spec.IDMapping]
    ) {
        let name = "linux.namespaces: joining the user namespace \(path)"
        guard path.hasPrefix("/proc/"), path.hasSuffix("/ns/user") else {
            throw RuntimeError(.unsupported, "\(name) without mappings is not supported")
        }
        let process = path.dropLast("/ns/user".count)
        do {
            return (try mapping("\(process)/uid_map"), try mapping("\(process)/gid_map"))
        } catch {
            throw RuntimeError(.invalid, name, cause: error)
        }
    }

    /// The Sentry needs the host's files, as with directfs, or its network: then it runs in the spec's user
    /// namespace; else as nobody.
    static func ofBoot(_ spec: Spec, directFS: Bool, network: SandboxNetworkMode) throws(RuntimeError)
        -> Isolation
    {
        directFS || network == .host ? try ofSpec(spec) : .nobody
    }

    /// Adds what the process needs to its plan.
    func apply(to plan: inout SpawnPlan, contract: Contract) {
        switch self {
        case .inherited: break
        case .userNamespace(let uids, let gids):
            plan.namespaces.insert(.user)
            plan.uidMappings = uids
            plan.gidMappings = gids
            plan.steps += [.clearGroups, .setIDs(uid: 0, gid: 0)]
        case .nobody:
            let id = Self.nobodyID
            plan.namespaces.insert(.user)
            plan.uidMappings = [IDMapping(inside: id, outside: id, count: 1)]
            plan.gidMappings = plan.uidMappings
            var needed: CapabilitySet = [.sysAdmin, .sysChroot]
            // To clear the bounding set; the 2022 release does not.
            if contract.hasDirectFS { needed.insert(.setpcap) }
            if !contract.hasPIDNamespaceFlag { needed.insert(.sysPtrace) }
            plan.steps += [
                .clearGroups, .setIDs(uid: id, gid: id),
                .setCapabilities(effective: .all, permitted: .all, inheritable: needed),
                .raiseAmbient(needed),
            ]
        }
    }

    /// What a process has once it is in its namespaces: everything in a user namespace of its own.
    func capabilities() throws(SysError) -> CapabilitySet {
        self == .inherited ? try CapabilitySet.effective() : .all
    }

    /// The launcher's own mapping, which the identity mapping of a directfs sandbox repeats.
    static func ownMapping(_ file: String) throws(SysError) -> [Spec.IDMapping] {
        try mapping("/proc/self/\(file)").map {
            Spec.IDMapping(containerID: $0.containerID, hostID: $0.containerID, size: $0.size)
        }
    }

    private static func mapping(_ file: String) throws(SysError) -> [Spec.IDMapping] {
        try File.readText(file).split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { UInt32($0) }
            guard numbers.count == 3 else { return nil }
            return Spec.IDMapping(containerID: numbers[0], hostID: numbers[1], size: numbers[2])
        }
    }
}

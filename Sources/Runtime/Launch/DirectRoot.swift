import OCI
import Sys

/// The roots of gofer and Sentry, built by the launcher itself.
///
/// Started as the stock command line starts them, both processes run twice: the first run does nothing but build its
/// root, drop capabilities and execute itself. Here the child does that between clone and exec, and only the second
/// run is left. These are internals of a release, so this is done only for one whose contract is recognised.
struct DirectRoot: Sendable {
    /// The spec with mount destinations as they are without links: what the Sentry otherwise learns from the gofer.
    let spec: SpecDocument
    private let rootfs: String
    private let binds: [Bind]
    private let propagation: MountFlags
    private let isReadOnly: Bool

    private struct Bind: Sendable {
        let source: String
        let place: String
        let flags: MountFlags
        let propagation: MountFlags
    }

    /// - Parameters:
    ///   - mounts: the root's, then those of the spec's bind mounts in order.
    ///   - contract: of the release whose work this is.
    /// - Throws: when a mount point or the working directory cannot be resolved or made inside the root.
    init(_ document: SpecDocument, mounts: [GoferMount], contract: Contract) throws {
        let spec = document.spec
        guard let root = spec.root, let rootMount = mounts.first else {
            throw RuntimeError(.invalid, "config.json: root: expected an object")
        }
        rootfs = root.path
        isReadOnly = root.readonly || rootMount.conf.upper != .none
        let wanted = spec.linux?.rootfsPropagation ?? ""
        propagation = wanted.isEmpty ? [.slave, .recursive] : MountFlags.propagation(of: [wanted])
        // With the mounts so far laid over it: a volume may have its mount point in another.
        var tree = RootedTree(try File.openDirectory(root.path))
        var resolved: [JSONValue] = []
        var binds: [Bind] = []
        var goferMounts = mounts.dropFirst()
        for (mount, raw) in zip(spec.mounts, document.raw["mounts"]?.array ?? []) {
            guard mount.isServedByGofer, let goferMount = goferMounts.popFirst(), goferMount.isServed else {
                resolved.append(raw)
                continue
            }
            let source = try File.open(mount.source, [.path])
            let place = try tree.walk(
                mount.destination, making: try FileStatus(source).isDirectory ? .directory : .file)
            tree.cover(place, with: source)
            var flags: MountFlags = mount.options.contains("rbind") ? [.bind, .recursive] : .bind
            // The Sentry alone is not enough: R24 empties a file that is opened to be overwritten, and sees only then
            // that it may not.
            if mount.options.contains("ro") || goferMount.conf.upper != .none { flags.insert(.readOnly) }
            // A gofer executes nothing.
            if contract.needsGoferRPCFD { flags.insert(.noSUID) }
            binds.append(
                Bind(
                    source: mount.source, place: place.path, flags: flags,
                    propagation: MountFlags.propagation(of: mount.options)))
            var edited = raw
            edited["destination"] = .string(place.path)
            edited["options"] = JSONValue(mount.options + (try Self.sentryOptions(for: mount.source)))
            resolved.append(edited)
        }
        self.binds = binds
        if let directory = spec.process?.cwd, !directory.isEmpty {
            _ = try tree.walk(directory, making: .directory)
        }
        var edited = document
        try edited.replaceMounts(.array(resolved))
        self.spec = edited
    }

    /// What the Sentry must know of a mount's file system to cache it rightly.
    private static func sentryOptions(for source: String) throws -> [String] {
        switch try Mount.fileSystemType(of: source) {
        case 0x794c_7630: ["overlayfs_stale_read"]
        case 0x6969: ["disable_file_handle_sharing"]
        default: []
        }
    }

    private static let tmpfs: MountFlags = [.noSUID, .noDevices, .noExec]

    /// Builds the gofer's root: the container's files at /root, and /proc.
    func goferSteps(unmounter: OwnedFD) -> [ChildStep] {
        let base = "/proc/fs"
        var steps: [ChildStep] = [
            .mount(source: nil, target: "/", type: nil, flags: [.slave, .recursive]),
            .mount(source: "runsc-root", target: base, type: "tmpfs", flags: Self.tmpfs),
            .mount(source: nil, target: base, type: nil, flags: .unbindable),
            .makeDirectory("\(base)/proc", mode: 0o755),
            .makeDirectory("\(base)/root", mode: 0o755),
            .makeDirectory("\(base)/etc", mode: 0o755),
            .mount(
                source: "/proc", target: "\(base)/proc", type: nil,
                flags: Self.tmpfs.union([.readOnly, .bind, .recursive])),
            // The process that will run the gofer binds its own descriptors, hence here and not in the launcher.
            .mount(
                source: "\(base)/proc/self/fd", target: "\(base)/proc/fs", type: nil,
                flags: Self.tmpfs.union([.readOnly, .bind])),
            .mount(source: rootfs, target: "\(base)/root", type: nil, flags: [.bind, .recursive]),
            .mount(source: nil, target: "\(base)/root", type: nil, flags: propagation),
        ]
        for bind in binds {
            steps.append(
                .bindInRoot(
                    source: bind.source, root: "\(base)/root", place: bind.place, flags: bind.flags,
                    propagation: bind.propagation))
        }
        if isReadOnly {
            steps.append(
                .mount(
                    source: nil, target: "\(base)/root", type: nil,
                    flags: [.bind, .remount, .readOnly, .noSUID, .noDevices]))
        }
        return steps + Self.enter(base, unmounter)
    }

    /// Builds the Sentry's root: nothing but /proc, and that read-only.
    static func bootSteps(unmounter: OwnedFD) -> [ChildStep] {
        let base = "/tmp"
        return [
            .mount(source: nil, target: "/", type: nil, flags: [.slave, .recursive]),
            .mount(source: "runsc-root", target: base, type: "tmpfs", flags: tmpfs),
            .makeDirectory("\(base)/etc", mode: 0o755),
            .makeDirectory("\(base)/proc", mode: 0o755),
            .mount(
                source: "/proc", target: "\(base)/proc", type: nil, flags: [.bind, .readOnly, .recursive]),
            .mount(source: nil, target: base, type: nil, flags: [.remount, .readOnly, .bind]),
        ] + enter(base, unmounter)
    }

    private static func enter(_ root: String, _ unmounter: OwnedFD) -> [ChildStep] {
        [
            .changeDirectory(root),
            .pivotRoot(newRoot: ".", putOld: "."),
            .unmount(".", detach: true),
            .changeDirectory("/"),
            .unmountWhenTold(by: unmounter, target: "/proc"),
        ]
    }
}

extension MountFlags {
    /// The propagation that mount options name; none when they name none.
    static func propagation(of options: [String]) -> MountFlags {
        let words: [String: MountFlags] = [
            "private": .private, "rprivate": [.private, .recursive], "slave": .slave,
            "rslave": [.slave, .recursive], "shared": .shared, "rshared": [.shared, .recursive],
            "unbindable": .unbindable, "runbindable": [.unbindable, .recursive],
        ]
        return options.reduce([]) { $0.union(words[$1] ?? []) }
    }
}

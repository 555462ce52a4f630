import OCI
import Sys

/// A mount that the gofer serves, or that takes the place of one.
struct GoferMount: Sendable, Equatable {
    var conf: GoferMountConf
    /// The host path that is served.
    let source: String
    /// Where the nameless file of its overlay is made.
    var directory: String?
    /// Whether other containers of the sandbox have the same file system under the same source.
    var isShared = false

    /// Whether the gofer has a socket for it.
    var isServed: Bool { conf.lower == .lisafs }

    /// The mounts of a container: its root first, then the bind mounts in the spec's order.
    ///
    /// What a hint says of the root stands for all that the setting does.
    static func all(
        of spec: Spec, overlay: OverlaySetting, hints: MountHints, rootfs: RootfsHint? = nil
    ) -> [GoferMount] {
        let root = spec.root ?? Spec.Root(path: "", readonly: false)
        let medium = rootfs.map(\.overlay) ?? overlay.root
        var rootMount = GoferMount(
            source: root.path, root.readonly ? nil : medium, size: rootfs.map(\.size) ?? overlay.size)
        if rootfs?.kind == .erofs { rootMount.conf.lower = .erofs }
        return [rootMount]
            + spec.mounts.filter(\.isServedByGofer).map { mount in
                // A volume that others may change from outside is served like any other.
                if let hint = hints.hint(for: mount.source), hint.share != .shared {
                    // Also where this container may only read: another one may write to the same file system.
                    return GoferMount(
                        conf: GoferMountConf(lower: hint.kind == .tmpfs ? .none : .lisafs, upper: .`self`),
                        source: mount.source, isShared: hint.isOneForAll)
                }
                let isReadOnly = mount.options.contains("ro")
                return GoferMount(
                    source: mount.source, isReadOnly ? nil : overlay.submounts, size: overlay.size)
            }
    }
}

extension GoferMount {
    /// A mount that is served, with an overlay in this medium.
    private init(source: String, _ medium: OverlaySetting.Medium?, size: String?) {
        self.source = source
        switch medium {
        case nil: conf = GoferMountConf(lower: .lisafs, upper: .none)
        case .memory: conf = GoferMountConf(lower: .lisafs, upper: .memory, size: size)
        case .`self`: conf = GoferMountConf(lower: .lisafs, upper: .`self`, size: size)
        case .directory(let path):
            conf = GoferMountConf(lower: .lisafs, upper: .anon, size: size)
            directory = path
        }
    }
}

import OCI
import Sys

/// A mount that the gofer serves, or that takes the place of one.
struct GoferMount: Sendable, Equatable {
    var conf: GoferMountConf
    /// The host path that is served.
    let source: String
    /// Whether other containers of the sandbox have the same file system under the same source.
    var isShared = false

    /// Whether the gofer has a socket for it.
    var isServed: Bool { conf.lower == .lisafs }

    /// The mounts of a container: its root first, then the bind mounts in the spec's order.
    static func all(of spec: Spec, overlay: OverlaySetting, hints: MountHints) -> [GoferMount] {
        let root = spec.root ?? Spec.Root(path: "", readonly: false)
        let rootMount = GoferMount(
            conf: conf(root.readonly ? nil : overlay.root, overlay),
            source: root.path)
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
                    conf: conf(isReadOnly ? nil : overlay.submounts, overlay), source: mount.source)
            }
    }

    private static func conf(_ medium: OverlaySetting.Medium?, _ overlay: OverlaySetting) -> GoferMountConf {
        switch medium {
        case nil: GoferMountConf(lower: .lisafs, upper: .none)
        case .memory: GoferMountConf(lower: .lisafs, upper: .memory, size: overlay.size)
        case .`self`: GoferMountConf(lower: .lisafs, upper: .`self`, size: overlay.size)
        case .directory: GoferMountConf(lower: .lisafs, upper: .anon, size: overlay.size)
        }
    }
}

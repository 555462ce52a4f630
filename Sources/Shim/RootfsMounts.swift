package import Messages
internal import Sys

/// The mounts that make up a container's root file system, in the bundle's `rootfs`.
package enum RootfsMounts {
    /// What a file system that does not answer may take of a caller's patience.
    private static let limit = Duration.seconds(20)

    /// Makes mounts, one on top of the other, at `rootfs`, which is made if it is missing.
    ///
    /// When one fails, those before it are undone, and so is the directory. No mounts means that somebody else
    /// provides the root: nothing is touched.
    package static func mount(_ mounts: [RootfsMount], at rootfs: String) async throws {
        guard !mounts.isEmpty else { return }
        var plans: [(plan: MountPlan, target: String)] = []
        for mount in mounts { plans.append((try MountPlan(mount), mount.target)) }
        let isNew = !File.exists(rootfs)
        if isNew { try Directory.make(rootfs, mode: 0o711) }
        do {
            try await Abandon.blocking(after: limit, "mount the root file system at \(rootfs)") { [plans] in
                for (plan, target) in plans { try mount(plan, target, in: rootfs) }
            } late: {
                // Nobody is going to use it.
                try? Mount.unmountAll(rootfs)
            }
        } catch {
            try? await unmount(rootfs)
            if isNew { try? Directory.remove(rootfs) }
            throw error
        }
    }

    /// Detaches everything that is mounted at `rootfs` and below; nothing there is fine.
    package static func unmount(_ rootfs: String) async throws {
        try await Abandon.blocking(after: limit, "unmount \(rootfs)") { try Mount.unmountAll(rootfs) }
    }

    private static func mount(_ plan: MountPlan, _ target: String, in rootfs: String) throws {
        guard !target.isEmpty, target != "/" else { return try plan.mount(at: rootfs) }
        // The layers below are the image's, whose links must not lead out to the host.
        let place = try File.openInside(File.openDirectory(rootfs), target)
        try plan.mount(at: "/proc/self/fd/\(place.raw)")
        place.close()
    }
}

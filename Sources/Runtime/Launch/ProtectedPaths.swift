import OCI
import Sys

extension SpecDocument {
    /// Turns the paths that are to be hidden or only read into mounts, because the Sentry reads neither list.
    ///
    /// A masked file becomes the null device and a masked directory an empty one, over everything else; a read-only path is
    /// bound to itself, below the mounts that lie in it (runtime specification, "maskedPaths" and "readonlyPaths"). Only
    /// files of the host are covered: what the usual paths in /proc and /sys protect does not exist in the Sentry.
    mutating func mountProtectedPaths() throws {
        let masked = (spec.linux?.maskedPaths ?? []).filter(MountLayers.canBeOfHost)
        let readOnly = (spec.linux?.readonlyPaths ?? []).filter(MountLayers.canBeOfHost)
        guard !masked.isEmpty || !readOnly.isEmpty, let root = spec.root,
            // What is missing here is named by whoever needs it.
            let directory = try? File.openDirectory(root.path)
        else { return }
        var mounts = (raw["mounts"]?.array ?? []).map { [$0] }
        // Before the first mount, and after each.
        mounts.insert([], at: 0)
        let layers = MountLayers(directory, spec.mounts)
        for path in readOnly {
            guard let (place, layer) = layers.find(path) else { continue }
            let source = try File.readLink("/proc/self/fd/\(place.file.raw)")
            mounts[layer].append(Self.mount("bind", source, place.path, ["rbind", "ro"]))
        }
        for path in masked {
            guard let (place, _) = layers.find(path) else { continue }
            mounts[mounts.count - 1].append(
                place.isDirectory
                    ? Self.mount("tmpfs", "tmpfs", place.path, ["ro", "nosuid", "nodev", "noexec"])
                    : Self.mount("bind", "/dev/null", place.path, ["bind", "ro"]))
        }
        try replaceMounts(.array(mounts.flatMap(\.self)))
    }

    private static func mount(
        _ type: String, _ source: String, _ destination: String, _ options: [String]
    ) -> JSONValue {
        [
            "type": .string(type), "source": .string(source), "destination": .string(destination),
            "options": JSONValue(options),
        ]
    }
}

/// The root of a container with its mounts over it, as they will lie.
private struct MountLayers {
    private var tree: RootedTree
    /// Where each mount goes; `nil` if there is nothing to mount it on.
    private var places: [(path: String, isOfHost: Bool)?] = []
    /// Always the Sentry's own, also in a spec that does not name them.
    private static let own = ["/proc", "/sys", "/dev"]

    init(_ root: OwnedFD, _ mounts: [Spec.Mount]) {
        tree = RootedTree(root)
        for mount in mounts {
            let file = mount.isServedByGofer ? try? File.open(mount.source, [.path]) : nil
            let isDirectory = file.flatMap { try? FileStatus($0).isDirectory } ?? true
            // Mount points for the gofer's mounts would be made a moment later.
            let missing: RootedTree.Missing = file == nil ? .nothing : isDirectory ? .directory : .file
            guard let place = try? tree.walk(mount.destination, making: missing) else {
                places.append(nil)
                continue
            }
            if let file { tree.cover(place, with: file) }
            places.append((place.path, file != nil))
        }
    }

    /// Whether a path can lead to a file of the host at all.
    static func canBeOfHost(_ path: String) -> Bool { !own.contains { contains($0, path) } }

    /// A place in a file system of the host, and the number of mounts up to the one that it is seen in.
    ///
    /// - Returns: `nil` if there is nothing, or it is the Sentry's own.
    func find(_ path: String) -> (place: RootedTree.Place, layer: Int)? {
        guard let place = try? tree.walk(path), Self.canBeOfHost(place.path) else { return nil }
        let top = places.lastIndex { $0.map { Self.contains($0.path, place.path) } ?? false }
        guard let top else { return (place, 0) }
        return places[top]?.isOfHost == true ? (place, top + 1) : nil
    }

    private static func contains(_ directory: String, _ path: String) -> Bool {
        directory == "/" || path == directory || path.hasPrefix(directory + "/")
    }
}

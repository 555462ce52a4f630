import Sys

/// A mount that the gofer serves.
struct GoferMount: Sendable, Equatable {
    var conf: GoferMountConf
    /// The host path that is served.
    let source: String
}

/// The value of runsc's `--overlay2`.
struct OverlaySetting: Sendable, Equatable {
    enum Medium: Sendable, Equatable {
        case memory
        case `self`
        case directory(String)
    }

    var root: Medium?
    var submounts: Medium?

    /// - Throws: `RuntimeError` saying what is expected.
    init(_ text: String) throws(RuntimeError) {
        if text.isEmpty || text == "none" { return }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["root", "all"].contains(parts[0]), let medium = Self.medium(parts[1]) else {
            throw RuntimeError(
                .invalid,
                "flag \"overlay2\": expected none, or root or all with :memory, :self or :dir=/PATH, not \"\(text)\""
            )
        }
        root = medium
        if parts[0] == "all" { submounts = medium }
    }

    private static func medium(_ text: String) -> Medium? {
        if text == "memory" { return .memory }
        if text == "self" { return .self }
        return text.hasPrefix("dir=/") ? .directory(String(text.dropFirst("dir=".count))) : nil
    }
}

/// The files that hold what is written to overlaid mounts.
///
/// They are gone with `remove()`.
struct Filestores: Sendable {
    private(set) var descriptors: [OwnedFD] = []
    private(set) var paths: [String] = []

    /// Makes the files for the mounts that want one, and returns the mounts as they then are.
    ///
    /// A file of that name can only be one that a killed sandbox of this id left behind.
    mutating func make(for mounts: [GoferMount], overlay: OverlaySetting, sandbox: String) throws
        -> [GoferMount]
    {
        var result: [GoferMount] = []
        do {
            for mount in mounts {
                switch mount.conf.upper {
                case .none, .memory:
                    result.append(mount)
                case .`self`:
                    result.append(try makeInside(mount, sandbox))
                case .anon:
                    guard case .directory(let directory) = overlay.root else { continue }
                    descriptors.append(try File.unnamed(in: directory))
                    result.append(mount)
                }
            }
        } catch {
            remove()
            throw error
        }
        return result
    }

    private mutating func makeInside(_ mount: GoferMount, _ sandbox: String) throws -> GoferMount {
        guard try FileStatus(mount.source).isDirectory else {
            // A single file is mounted: there is nowhere to put a file beside it.
            return GoferMount(
                conf: GoferMountConf(lower: mount.conf.lower, upper: .memory), source: mount.source)
        }
        let path = "\(mount.source)/.gvisor.filestore.\(sandbox)"
        try File.remove(path)
        descriptors.append(try File.open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o666))
        paths.append(path)
        return mount
    }

    /// Closes our descriptors, once the Sentry has its own.
    func closeDescriptors() { for descriptor in descriptors { descriptor.close() } }

    /// Removes the named files.
    mutating func remove() {
        for path in paths { try? File.remove(path) }
        paths = []
        descriptors = []
    }
}

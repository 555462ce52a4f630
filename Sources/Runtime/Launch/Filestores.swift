import OCI
import Sys

/// The files that hold what is written to overlaid mounts.
///
/// They are gone with `remove()`.
struct Filestores: Sendable {
    private(set) var descriptors: [OwnedFD] = []
    private(set) var paths: [String] = []

    /// The file in a directory of the host that is mounted; sandboxes that mount the same have one each.
    static func path(in source: String, sandbox: String) -> String {
        "\(source)/.gvisor.filestore.\(sandbox)"
    }

    /// Takes charge of the files that containers of the sandbox will share: what a killed sandbox of this id has
    /// left of them is removed.
    mutating func own(shared sources: [String], sandbox: String) throws(SysError) {
        for source in sources {
            let path = Self.path(in: source, sandbox: sandbox)
            do throws(SysError) {
                try File.remove(path)
                paths.append(path)
            } catch {
                // A single file is mounted there, or what nobody may write to.
                guard error.code == .notDirectory || error.code == .readOnly else { throw error }
            }
        }
    }

    /// Makes the files for the mounts that want one, and returns the mounts as they then are.
    ///
    /// A file of that name can only be one that a killed sandbox of this id left behind, unless it is shared.
    mutating func make(for mounts: [GoferMount], sandbox: String) throws -> [GoferMount] {
        var result: [GoferMount] = []
        do {
            for mount in mounts {
                switch mount.conf.upper {
                case .none, .memory:
                    result.append(mount)
                case .`self`:
                    result.append(try makeInside(mount, sandbox))
                case .anon:
                    if let directory = mount.directory { try makeUnnamed(in: directory) }
                    result.append(mount)
                }
            }
        } catch {
            remove()
            throw error
        }
        return result
    }

    private mutating func take(_ file: OwnedFD) {
        File.measure(file)
        descriptors.append(file)
    }

    /// Makes a file without a name, where the overlay is in a directory.
    mutating func makeUnnamed(_ overlay: OverlaySetting) throws(RuntimeError) {
        if case .directory(let directory) = overlay.root { try makeUnnamed(in: directory) }
    }

    private mutating func makeUnnamed(in directory: String) throws(RuntimeError) {
        do {
            take(try File.unnamed(in: directory))
        } catch {
            throw RuntimeError(
                .invalid,
                "flag \"overlay2\" or annotation \(Annotations.Key.rootfsPrefix)overlay: directory \(directory)",
                cause: error)
        }
    }

    private mutating func makeInside(_ mount: GoferMount, _ sandbox: String) throws -> GoferMount {
        do {
            // Beside a single file that is mounted there is nowhere to put one.
            if try FileStatus(mount.source).isDirectory {
                try makeFile(for: mount, sandbox)
                return mount
            }
        } catch let error as SysError where error.code == .readOnly {
            // Nor is there in a directory of the host that nobody may write to.
        }
        var inMemory = mount
        inMemory.conf.upper = .memory
        return inMemory
    }

    private mutating func makeFile(for mount: GoferMount, _ sandbox: String) throws {
        let path = Self.path(in: mount.source, sandbox: sandbox)
        if mount.isShared {
            take(try File.open(path, [.readWrite, .create, .noFollow], mode: 0o666))
            return
        }
        guard !paths.contains(path) else {
            throw RuntimeError(
                .unsupported,
                "mount source \(mount.source) is mounted twice: not supported with an overlay on it")
        }
        try File.remove(path)
        take(try File.open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o666))
        paths.append(path)
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

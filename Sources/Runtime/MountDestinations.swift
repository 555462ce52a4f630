import Sys

/// Where the mounts of a container go in its root, resolved before anything is mounted.
///
/// Does in the launcher what gVisor's gofer does when it sets up its own root: the missing mount points are
/// made, of the kind of their source, and links on the way are followed inside the root and never out of it.
/// To be called in the order of the mounts, since one may lie in another.
package struct MountDestinations: Sendable {
    private var tree: RootedTree

    /// - Throws: `RuntimeError` naming the root when it is no directory.
    package init(rootfs: String) throws(RuntimeError) {
        do {
            tree = RootedTree(try File.openDirectory(rootfs))
        } catch {
            throw RuntimeError(.invalid, "root.path \(rootfs)", cause: error)
        }
    }

    /// Resolves one destination, and makes it if it is missing.
    ///
    /// A destination inside an earlier mount is resolved and made in that mount's source.
    ///
    /// - Parameters:
    ///   - destination: As the spec has it: absolute inside the root.
    ///   - source: The host's path that is to be mounted; links are followed.
    /// - Returns: The destination without links, absolute inside the root.
    /// - Throws: `RuntimeError` naming the destination, or the source where that is at fault.
    package mutating func resolve(_ destination: String, source: String) throws(RuntimeError) -> String {
        let file: OwnedFD
        let isDirectory: Bool
        do {
            file = try File.open(source, [.path])
            isDirectory = try FileStatus(file).isDirectory
        } catch {
            throw RuntimeError(.invalid, "mount source \(source)", cause: error)
        }
        do {
            let place = try tree.walk(destination, making: isDirectory ? .directory : .file)
            guard place.isDirectory == isDirectory else {
                throw SysError("mount", place.path, isDirectory ? .notDirectory : .isDirectory)
            }
            tree.cover(place, with: file)
            return place.path
        } catch {
            throw RuntimeError(.invalid, "mount destination \(destination)", cause: error)
        }
    }
}

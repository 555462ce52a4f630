import OCI
import Sys

/// Finds out before the launch whether the program of a container exists, as users of runc expect of Create: the
/// Sentry would tell only at Start.
enum ExecutableLookup {
    /// The search path of a process whose environment has none.
    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// - Throws: `RuntimeError` when the program is certainly missing. Where a mount or an image may bring it, the Sentry decides.
    static func check(_ spec: Spec, bundle: String) throws {
        guard let process = spec.process, let name = process.args.first, let root = spec.root else { return }
        let mounted = spec.mounts.contains { mount in
            !["/proc", "/dev", "/sys", "/run", "/etc"].contains { mount.destination.isAt($0) }
        }
        let isElsewhere =
            spec.annotations[Annotations.Key.rootfsPrefix + "type"] == RootfsHint.Kind.erofs.rawValue
        if mounted || isElsewhere { return }
        let rootfs = try File.openDirectory(Path.absolute(root.path, in: bundle))
        if name.contains("/") {
            let path = Path.absolute(name, in: process.cwd)
            do throws(SysError) {
                _ = try ResolvedPath.open(path, in: rootfs)
            } catch  where [.noEntry, .notDirectory].contains(error.code) {
                throw RuntimeError(.notFound, "exec: \"\(name)\": stat \(name): no such file or directory")
            } catch {
                return
            }
            return
        }
        let variable = process.env.last { $0.hasPrefix("PATH=") }
        let search = variable.map { String($0.dropFirst("PATH=".count)) } ?? defaultPath
        for directory in search.split(separator: ":") {
            let path = Path.absolute("\(directory)/\(name)", in: process.cwd)
            do throws(SysError) {
                _ = try ResolvedPath.open(path, in: rootfs)
                return
            } catch  where [.noEntry, .notDirectory].contains(error.code) {
            } catch {
                return
            }
        }
        throw RuntimeError(.notFound, "exec: \"\(name)\": executable file not found in $PATH")
    }
}

extension String {
    /// Whether the path is `directory` or below it.
    fileprivate func isAt(_ directory: String) -> Bool { self == directory || hasPrefix(directory + "/") }
}

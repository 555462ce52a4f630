import OCI
import Sys

/// Finds out before the launch whether the program of a container exists, as users of runc expect of Create: the
/// Sentry would tell only at Start.
enum ExecutableLookup {
    /// The search path of a process whose environment has none.
    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// - Throws: `RuntimeError` when the program is certainly missing, or nobody may execute it. Where a mount or an image may
    ///   bring it, the Sentry decides.
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
            switch look(at: Path.absolute(name, in: process.cwd), in: rootfs) {
            case .missing:
                throw RuntimeError(.notFound, "exec: \"\(name)\": stat \(name): no such file or directory")
            case .notExecutable: throw RuntimeError(.failed, "exec: \"\(name)\": permission denied")
            case .executable, .unknown: return
            }
        }
        let variable = process.env.last { $0.hasPrefix("PATH=") }
        let search = variable.map { String($0.dropFirst("PATH=".count)) } ?? defaultPath
        for directory in search.split(separator: ":") {
            switch look(at: Path.absolute("\(directory)/\(name)", in: process.cwd), in: rootfs) {
            case .executable, .unknown: return
            // The search goes on.
            case .missing, .notExecutable: continue
            }
        }
        throw RuntimeError(.notFound, "exec: \"\(name)\": executable file not found in $PATH")
    }

    private enum Outcome { case executable, notExecutable, missing, unknown }

    private static func look(at path: String, in rootfs: OwnedFD) -> Outcome {
        do throws(SysError) {
            let status = try FileStatus(ResolvedPath.open(path, in: rootfs))
            // Not even root executes a file that nobody may: path_resolution(7).
            return status.isRegular && status.mode & 0o111 == 0 ? .notExecutable : .executable
        } catch  where [.noEntry, .notDirectory].contains(error.code) {
            return .missing
        } catch {
            return .unknown
        }
    }
}

extension String {
    /// Whether the path is `directory` or below it.
    fileprivate func isAt(_ directory: String) -> Bool { self == directory || hasPrefix(directory + "/") }
}

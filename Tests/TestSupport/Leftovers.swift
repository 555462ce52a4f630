import Foundation
import Sys
import Glibc

/// What containers have left on the machine: found by the names that only one private containerd uses.
package struct Leftovers: Sendable, CustomStringConvertible {
    package var processes: [ProcessRecord] = []
    package var mounts: [String] = []
    package var cgroups: [String] = []
    package var sockets: [String] = []
    package var files: [String] = []

    package var isEmpty: Bool {
        processes.isEmpty && mounts.isEmpty && cgroups.isEmpty && sockets.isEmpty && files.isEmpty
    }

    package var description: String {
        let all = [
            ("process", processes.map(\.description)), ("mount", mounts), ("cgroup", cgroups),
            ("socket", sockets), ("file", files),
        ]
        return all.flatMap { kind, items in items.map { "\(kind) \($0)" } }.joined(separator: "\n")
    }

    /// Where shims of every containerd put their sockets; the place is fixed.
    private static let socketDirectory = "/run/containerd/s"

    /// The sockets that are there now, to tell later which are new.
    package static func socketsNow() -> Set<String> {
        Set(children(of: socketDirectory))
    }

    /// Looks for what carries one of the `markers`, strings that nothing else on the machine has.
    ///
    /// - Parameters:
    ///   - markers: the directory and the namespace of the containerd that is examined
    ///   - expected: processes that may have them: containerd itself
    ///   - sockets: `socketsNow()` from before
    ///   - directories: where bundles and state of containers lie; they must have no children
    ///   - shared: where others have theirs as well; no child may tell of one of the markers
    /// - Returns: all of it, by kind
    package static func find(
        markers: [String], expected: Set<Int32>, sockets: Set<String>, directories: [String],
        shared: [String] = []
    ) -> Leftovers {
        var found = Leftovers()
        found.processes = ProcessRecord.all().filter { process in
            process.pid != getpid() && !expected.contains(process.pid)
                && process.arguments.contains { argument in markers.contains { argument.contains($0) } }
        }
        let mountinfo = text("/proc/self/mountinfo").split(separator: "\n").map(String.init)
        found.mounts = mountinfo.filter { line in markers.contains { line.contains($0) } }
        found.cgroups = cgroupRoots(mountinfo).flatMap { root in groups(below: root, markers: markers) }
        found.sockets = staleSockets(since: sockets)
        found.files = directories.flatMap(children(of:))
        found.files += shared.flatMap(children(of:)).filter { file in
            let content = text(file)
            return markers.contains { content.contains($0) }
        }
        return found
    }

    /// Sockets that appeared since `before` and that nobody listens on.
    ///
    /// A listening one belongs to a process; if that is ours it is found as a process. /proc/net/unix would not tell: it has
    /// those of one network namespace, and the directory is everybody's.
    private static func staleSockets(since before: Set<String>) -> [String] {
        Set(children(of: socketDirectory)).subtracting(before).filter { path in
            do throws(SysError) {
                try UnixSocket.connect(.path(path)).close()
                return false
            } catch {
                return error.code == .connectionRefused
            }
        }.sorted()
    }

    private static func cgroupRoots(_ mountinfo: [String]) -> [String] {
        mountinfo.compactMap { line in
            let halves = line.components(separatedBy: " - ")
            guard halves.count == 2, halves[1].hasPrefix("cgroup") else { return nil }
            return halves[0].split(separator: " ").dropFirst(4).first.map(String.init)
        }
    }

    /// The containers' groups: those inside a group that is named after the namespace.
    ///
    /// The namespace's own group is shared by its containers, so no shim may remove it; `removeGroups` does.
    private static func groups(below root: String, markers: [String]) -> [String] {
        children(of: root)
            .filter { path in markers.contains { path.contains($0) } }
            .flatMap { children(of: $0).filter(isDirectory) }
    }

    /// Removes the empty groups of a namespace from every hierarchy.
    package static func removeGroups(of namespace: String) {
        let mountinfo = text("/proc/self/mountinfo").split(separator: "\n").map(String.init)
        for root in cgroupRoots(mountinfo) {
            for group in children(of: "\(root)/\(namespace)") where isDirectory(group) { rmdir(group) }
            rmdir("\(root)/\(namespace)")
        }
    }

    /// Ends and removes by force what is left, so that one failed test does not spoil the next.
    package func clear() {
        for process in processes { kill(process.pid, SIGKILL) }
        for line in mounts.reversed() {
            if let target = line.split(separator: " ").dropFirst(4).first {
                umount2(String(target), Int32(MNT_DETACH))
            }
        }
        for path in sockets + files { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func children(of directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted().map {
            "\(directory)/\($0)"
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func text(_ path: String) -> String {
        // Files of /proc have no size; they are read to their end.
        (try? File.readText(path, limit: 64 << 20)) ?? ""
    }
}

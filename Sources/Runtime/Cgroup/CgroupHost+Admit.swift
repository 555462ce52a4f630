internal import Sys

extension CgroupHost {
    /// Puts a process of the host into a cgroup that somebody else has made, in each hierarchy that has it.
    ///
    /// - Parameters:
    ///   - pid: The process, with all its threads.
    ///   - path: Absolute from the mountpoints.
    /// - Throws: `CgroupError`, `noSuchCgroup` if there is none.
    package func admit(_ pid: Int32, to path: String) throws(CgroupError) {
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !parts.contains("..") else { throw .badPath(path) }
        let roots = v1.isEmpty ? [v2].compactMap { $0?.mountpoint } : v1.values.map(\.mountpoint)
        let files = Set(roots).map { $0 + "/" + parts.joined(separator: "/") + "/cgroup.procs" }
            .filter(File.exists)
        guard !files.isEmpty else { throw .noSuchCgroup(path) }
        for file in files {
            do throws(SysError) { try File.write("\(pid)", toExisting: file) } catch { throw .system(error) }
        }
    }
}

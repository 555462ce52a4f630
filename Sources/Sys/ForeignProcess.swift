internal import CSys
internal import Glibc

/// A process that is not our child, held by a pidfd, so that its id cannot come to mean another.
package struct ForeignProcess: Sendable {
    package let pid: Int32
    /// The command line as the process shows it.
    package let arguments: [String]
    private let pidfd: OwnedFD

    /// `nil` when there is no such process, or it is a zombie.
    package init?(_ pid: Int32) {
        let raw = csys_pidfd_open(pid)
        guard raw >= 0 else { return nil }
        pidfd = OwnedFD(taking: raw)
        self.pid = pid
        guard let line = try? File.read("/proc/\(pid)/cmdline"), !line.isEmpty else { return nil }
        arguments = line.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// All processes whose command line is of interest.
    package static func all(where isWanted: ([String]) -> Bool) -> [ForeignProcess] {
        let names = (try? Directory.list("/proc")) ?? []
        // One after the other: together they may be more than descriptors can be open.
        return names.lazy.compactMap { Int32($0) }.compactMap(ForeignProcess.init).filter {
            isWanted($0.arguments)
        }
    }

    /// Its working directory, with " (deleted)" after the path of one that is; nil for a process that has ended.
    package var workingDirectory: String? { try? File.readLink("/proc/\(pid)/cwd") }

    package func kill(_ signal: Int32) { _ = csys_pidfd_send_signal(pidfd.raw, signal) }

    /// Waits until the process has ended: pidfd_open(2) says that its descriptor is readable then.
    package func ended() async throws {
        let fd = try AsyncFD(try pidfd.duplicate())
        defer { fd.close() }
        try await fd.ready(.read)
    }
}

import Foundation
import Sys
import TestSupport

@testable import Runtime

/// A systemd of a test's own: Debian's, as the manager of a user's units, in a mount namespace of its own.
///
/// It rules a cgroup of its own, and thinks that the machine was booted with it. Its own socket is the same as that of the
/// machine's manager.
struct RealSystemd: Sendable {
    static let program = "/lib/systemd/systemd"

    /// What it sees of cgroups.
    enum Hierarchies: Sendable { case version2, both }

    let directory: TemporaryDirectory
    /// Its cgroup, as the test sees it.
    let cgroup: String
    let manager: RunningCommand
    let direct: Systemd.Address
    let bus: Systemd.Address

    /// Starts it, lets `body` use it, and ends it with all its units.
    static func with(_ hierarchies: Hierarchies, _ body: (RealSystemd) async throws -> Void) async throws {
        let systemd = try await RealSystemd(hierarchies)
        do {
            try await body(systemd)
        } catch {
            try await systemd.stop()
            throw error
        }
        try await systemd.stop()
    }

    private init(_ hierarchies: Hierarchies) async throws {
        directory = try TemporaryDirectory("sd")
        guard let unified = try CgroupHost.current().v2?.mountpoint else {
            throw CgroupError.noHierarchy
        }
        let name = "rt-systemd-\(UInt32.random(in: 0 ... .max))"
        cgroup = "\(unified)/\(name)"
        try Directory.make(cgroup, mode: 0o755)
        for (unit, text) in Self.units { try directory.write(text, to: "units/\(unit)") }
        try directory.write("", to: "run/.keep")
        let own =
            hierarchies == .version2 ? "umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup" : ":"
        // It asks for /run/systemd/system, like every program that wants to know what the machine was booted with.
        let script = """
            set -e
            echo $$ >\(cgroup)/cgroup.procs
            mount --make-rprivate /
            mount -t tmpfs none /run
            mkdir -p /run/systemd/system
            \(own)
            exec env -i PATH=/usr/bin:/bin HOME=\(directory.path) XDG_RUNTIME_DIR=\(directory.path)/run \
                SYSTEMD_UNIT_PATH=\(directory.path)/units SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/none \
                SYSTEMD_GENERATOR_PATH=/none SYSTEMD_LOG_TARGET=console \(Self.program) --user
            """
        direct = .direct(.path("\(directory.path)/run/systemd/private"))
        bus = .bus(.path("\(directory.path)/run/bus"))
        manager = try RunningCommand("unshare", ["-m", "sh", "-c", script])
        let ways = [direct, bus].map { Systemd([$0], bound: .seconds(2)) }
        try await withDeadline(.seconds(20), "a manager that answers") {
            while true {
                do throws(SystemdError) {
                    for systemd in ways { try await systemd.stop("none.scope") }
                    return
                } catch {
                    // There is no event for a socket that somebody is about to bind.
                    try await _Concurrency.Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    private static let units = [
        "default.target": "[Unit]\nDescription=tests\nRequires=dbus.socket\nAfter=dbus.socket\n",
        "dbus.socket": "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=%t/bus\n",
        "dbus.service": """
        [Unit]
        DefaultDependencies=no
        [Service]
        Type=notify
        ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile --systemd-activation
        """,
    ]

    private func systemctl(_ arguments: [String]) async throws -> CommandResult {
        try await run(
            "systemctl", ["--user"] + arguments,
            environment: ["XDG_RUNTIME_DIR": "\(directory.path)/run", "PATH": Settings.systemPath]
        ).checked()
    }

    /// What it says of a unit.
    func show(_ unit: String, _ properties: String...) async throws -> [String: String] {
        let result = try await systemctl(["show", unit] + properties.map { "--property=\($0)" })
        return Dictionary(
            uniqueKeysWithValues: result.lines.map { line in
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), String(parts.last ?? ""))
            })
    }

    private func stop() async throws {
        // It reaps its own.
        _ = try await systemctl(["stop", "dbus.socket", "dbus.service"])
        manager.signal(SIGKILL)
        _ = try await manager.exitStatus(within: .seconds(10))
        try File.write("1", toExisting: "\(cgroup)/cgroup.kill")
        // Innermost first; the kernel may have to bury somebody yet.
        let directories = try FileManager.default.subpathsOfDirectory(atPath: cgroup)
            .map { "\(cgroup)/\($0)" }.filter { (try? File.kind($0)) == .directory }
        try await CgroupFiles.remove(
            directories.sorted { $0.count > $1.count } + [cgroup], limit: .seconds(5))
        // Where it may, it makes directories for itself in other hierarchies.
        for hierarchy in try CgroupHost.current().v1.values {
            let path = "\(hierarchy.mountpoint)/\(Path.split(cgroup).last)"
            guard File.exists(path) else { continue }
            let inner = try FileManager.default.subpathsOfDirectory(atPath: path)
                .map { "\(path)/\($0)" }.filter { (try? File.kind($0)) == .directory }
            try await CgroupFiles.remove(inner.sorted { $0.count > $1.count } + [path], limit: .seconds(5))
        }
    }
}

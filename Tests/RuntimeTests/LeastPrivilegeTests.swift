import Runtime
import Sys
import TestSupport
import Testing

/// What an attacker who owns a Sentry or a gofer would have.
@Suite("Least privilege", .requires(.root), .serialized)
struct LeastPrivilegeTests {
    /// A process as /proc shows it.
    private struct Holdings {
        let status: [String: String]
        let environment: [String]
        let coreLimit: [Substring]
        let descriptors: [String]

        init(_ pid: Int32) throws {
            let proc = "/proc/\(pid)"
            status = Dictionary(
                try File.readText("\(proc)/status").split(separator: "\n").compactMap { line in
                    guard let colon = line.firstIndex(of: ":") else { return nil }
                    return (
                        String(line[..<colon]),
                        line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(
                            separator: " ")
                    )
                }, uniquingKeysWith: { first, _ in first })
            environment = try File.readText("\(proc)/environ").split(separator: "\0").map(String.init)
            coreLimit =
                try File.readText("\(proc)/limits").split(separator: "\n").first {
                    $0.hasPrefix("Max core file size")
                }?.split(separator: " ").suffix(3) ?? []
            descriptors = try Directory.list("\(proc)/fd").compactMap {
                try? File.readLink("\(proc)/fd/\($0)")
            }
        }
    }

    /// Chown, override and read file permissions, own, set-id: what serving files takes.
    private static let files: UInt64 = 0x1f
    private static let chroot: UInt64 = 1 << 18
    private static let ptrace: UInt64 = 1 << 19
    private static let admin: UInt64 = 1 << 21

    /// What Go's runtime keeps open of its own cgroup, to follow its limit of processors.
    private static let ownLimits = ["/cpu.cfs_quota_us", "/cpu.cfs_period_us", "/cpu.max"]

    /// The 2022 release's Sentry is nobody in a user namespace of its own, with what it takes to leave its files;
    /// the 2024 release's opens the files of its container itself.
    @Test(
        "Sentry and gofer hold what they need and nothing else",
        arguments: [
            (RunscRelease.r24, files | ptrace), (.r22, chroot | admin), (.head, files | ptrace),
        ].filter { RunscRelease.underTest.contains($0.0) })
    func holdings(_ release: RunscRelease, _ sentryCapabilities: UInt64) async throws {
        let recipe = TestContainer.Recipe("sh", "-c", "echo ready; exec sleep 1000")
        try await TestContainer.with(release, recipe) { test in
            #expect(try await test.lines() == ["ready"])
            let gofer = try #require(
                ForeignProcess.all {
                    $0.first == "runsc-gofer" && $0.contains { $0.hasSuffix(test.bundle) }
                }.first)
            for (name, pid, allowed) in [
                ("Sentry", test.container.pid, sentryCapabilities),
                ("gofer", gofer.pid, Self.files | Self.chroot),
            ] {
                let it = try Holdings(pid)
                #expect(it.status["NoNewPrivs"] == "1", "\(name)")
                #expect(it.status["Seccomp"] == "2", "\(name)")
                for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] {
                    let held = try #require(UInt64(it.status[set] ?? "", radix: 16))
                    #expect(held & ~allowed == 0, "\(set) of the \(name)")
                }
                #expect(it.status["Groups"] == "", "\(name)")
                #expect(it.environment == [], "\(name)")
                #expect(it.coreLimit.first == "0", "\(name)")
                // Within its own root the paths of a container's files begin with /root; the filestore is there from
                // the start. Anything else with a path is of the host.
                let strange = it.descriptors.filter { path in
                    !Self.ownLimits.contains { path.hasSuffix($0) } && path.hasPrefix("/") && path != "/"
                        && path != "/dev/null" && path != "/proc/1/fd"
                        && !path.hasPrefix("/root") && !path.hasPrefix("/memfd:")
                        && !path.hasPrefix(test.rootfs + "/.gvisor.filestore.")
                }
                #expect(strange == [], "\(name)")
            }
        }
    }

    @Test("the control socket is its owner's alone, and no state file can be read by others")
    func modes() async throws {
        try await TestContainer.with(.r24, TestContainer.Recipe("sleep", "1000")) { test in
            let names = try Directory.list(test.root)
            #expect(names.contains { $0.hasSuffix(".sock") } && names.contains { $0.hasSuffix(".state") })
            for name in names {
                let mode = try FileStatus("\(test.root)/\(name)").permissions
                #expect(mode & (name.hasSuffix(".sock") ? 0o177 : 0o137) == 0, "\(name)")
            }
        }
    }
}

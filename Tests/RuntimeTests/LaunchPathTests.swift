import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// The launcher does the first stage for a release that it knows.
///
/// What comes of it must be what the release makes of itself: a difference is a hole in the isolation, or a promise
/// that is not kept.
@Suite("Direct and staged launch", .serialized)
struct LaunchPathTests {
    /// A container whose processes are compared.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var flags: [String: String] = [:]
        let edit: @Sendable (inout JSONValue, String) throws -> Void

        init(
            _ description: String, flags: [String: String] = [:],
            edit: @escaping @Sendable (inout JSONValue, String) throws -> Void = { _, _ in }
        ) {
            testDescription = description
            self.flags = flags
            self.edit = edit
        }
    }

    static let cases = [
        Case("nothing special"),
        Case("a read-only root") { spec, _ in spec[["root", "readonly"]] = true },
        Case("no overlay on the root", flags: ["overlay2": "none"]),
        Case("mounts of directories and files, one of them under a link") { spec, bundle in
            try Directory.make("\(bundle)/data", mode: 0o755)
            try File.writeAtomically(Array("x".utf8), to: "\(bundle)/file", mode: 0o644)
            try FileManager.default.createSymbolicLink(
                atPath: "\(bundle)/rootfs/link", withDestinationPath: "/tmp")
            spec["mounts"] = .array(
                (spec["mounts"]?.array ?? []) + [
                    [
                        "destination": "/link/data", "type": "bind", "source": .string("\(bundle)/data"),
                        "options": ["rbind", "rslave"],
                    ],
                    [
                        "destination": "/etc/file", "type": "bind", "source": .string("\(bundle)/file"),
                        "options": ["bind", "ro"],
                    ],
                ])
        },
        Case("capabilities and a user") { spec, _ in
            let some: JSONValue = ["CAP_NET_BIND_SERVICE", "CAP_KILL", "CAP_SYS_ADMIN"]
            spec[["process", "capabilities"]] = ["bounding": some, "effective": some, "permitted": some]
            spec[["process", "user"]] = ["uid": 1000, "gid": 1000]
        },
        Case("a user namespace of its own") { spec, _ in
            let map: JSONValue = [["containerID": 0, "hostID": 0, "size": 65536]]
            let namespaces = spec[["linux", "namespaces"]]?.array ?? []
            spec[["linux", "namespaces"]] = .array(namespaces + [["type": "user"]])
            spec[["linux", "uidMappings"]] = map
            spec[["linux", "gidMappings"]] = map
        },
        Case("the host's network") { spec, _ in
            spec[["linux", "namespaces"]] = [["type": "pid"], ["type": "mount"]]
        },
        Case("the host's network with raw sockets", flags: ["net-raw": "true"]) { spec, _ in
            spec[["linux", "namespaces"]] = [["type": "pid"], ["type": "mount"]]
            spec[["process", "capabilities", "bounding"]] = ["CAP_NET_RAW"]
        },
        Case("sockets of the host", flags: ["host-uds": "open"]),
    ]

    /// The releases whose first stage the launcher can do.
    static let releases = RunscRelease.underTest.filter { $0 != .r22 }

    @Test("Gofer and Sentry are the same from the outside", arguments: cases, releases)
    func isTheSame(_ testCase: Case, _ release: RunscRelease) async throws {
        let id = "same\(UInt32.random(in: 0 ... .max))"
        let direct = try await views(testCase, .automatic, release, id: id)
        let staged = try await views(testCase, .staged, release, id: id)
        for (name, one, other) in [
            ("Sentry", direct.sentry, staged.sentry), ("gofer", direct.gofer, staged.gofer),
        ] {
            for (mine, theirs) in zip(one.aspects, other.aspects) {
                let expected = theirs.lines.map { Self.asLaunched($0, by: release, name) }
                #expect(mine.lines == expected, "\(mine.name) of the \(name)")
            }
            let descriptors = one.descriptors.filter { release != .head || !$0.contains(Self.counters) }
            let leftOpen = release == .head ? [] : Self.leftOpen
            #expect(
                (descriptors + leftOpen).sorted()
                    == other.descriptors.filter { release != .head || !$0.contains(Self.quotas) },
                "descriptors of the \(name)")
        }
        // Were the views empty, or of the wrong process, they would be the same as well.
        #expect(direct.sentry.aspects.first?.lines.contains("mnt") == true)
        #expect(direct.wasDirect)
        #expect(!staged.wasDirect)
    }

    /// A line of the staged launch as the direct one has it, where they differ for a reason.
    private static func asLaunched(_ line: String, by release: RunscRelease, _ name: String) -> String {
        // The launcher makes a mount read-only that the spec wants so; the release leaves it to the Sentry, which then
        // empties a file that is opened to be overwritten before it refuses.
        if line.contains(" /etc/file rw,") {
            return line.replacing(" /etc/file rw,", with: " /etc/file ro,")
        }
        // What a gofer could hand on to a program, which it never executes.
        let isHandedOn = line.hasPrefix("CapInh:") || line.hasPrefix("CapAmb:")
        if release == .head, name == "gofer", isHandedOn {
            return String(line.prefix("CapInh:\t".count)) + String(repeating: "0", count: 16)
        }
        return line
    }

    /// The first stage leaves both ends of its pipe to the unmounter open, up to the 2024 release.
    private static let leftOpen = ["pipe: flags:\t00", "pipe: flags:\t01"]
    /// The run time of Go looks for limits where it sees the cgroups of the host.
    private static let quotas = "/cpu.cfs_"
    /// With the host's network the Sentry finds its counters, as up to the 2024 release; that of 2026 hides them from itself.
    private static let counters = "/PID/net/"

    private struct Views: Sendable {
        let sentry: ProcessView
        let gofer: ProcessView
        /// A Sentry whose launcher has resolved the mounts has nobody to hear of them.
        let wasDirect: Bool
    }

    private func views(
        _ testCase: Case, _ path: LaunchPath, _ release: RunscRelease, id: String
    ) async throws -> Views {
        var recipe = TestContainer.Recipe("sh", "-c", "echo ready; exec sleep 1000")
        recipe.flags = testCase.flags
        recipe.launchPath = path
        // The same for both, because cgroups and files are named after it.
        recipe.id = id
        recipe.edit = testCase.edit
        return try await TestContainer.with(release, recipe) { test in
            #expect(try await test.lines() == ["ready"])
            let gofer = try #require(
                ForeignProcess.all { $0.first == "runsc-gofer" && $0.contains("--bundle=\(test.bundle)") }
                    .first
                    ?? ForeignProcess.all {
                        $0.first == "runsc-gofer" && $0.contains(test.bundle)
                    }.first)
            return Views(
                sentry: try ProcessView(test.container.pid, bundle: test.bundle),
                gofer: try ProcessView(gofer.pid, bundle: test.bundle),
                wasDirect: try #require(ProcessRecord(pid: test.container.pid)).arguments.allSatisfy {
                    !$0.hasPrefix("--mounts-fd")
                })
        }
    }
}

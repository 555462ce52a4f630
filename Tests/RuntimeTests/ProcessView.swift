import Foundation
import Sys

/// A process as the kernel shows it to everybody else: what confines it, and what it holds.
///
/// What differs from run to run (ids, inode numbers, the bundle's name) is left out.
struct ProcessView {
    /// What is compared, by name; each is a list of lines.
    let aspects: [(name: String, lines: [String])]
    /// What the open descriptors are of, with their flags; their numbers depend on the order of things inside.
    let descriptors: [String]

    /// - Parameter bundle: is written as BUNDLE wherever a path has it.
    init(_ pid: Int32, bundle: String) throws {
        let proc = "/proc/\(pid)"
        func lines(_ file: String) throws -> [String] {
            try File.readText("\(proc)/\(file)").replacingOccurrences(of: bundle, with: "BUNDLE")
                .split(separator: "\n").map(String.init)
        }
        aspects = [
            ("namespaces of its own", try Self.namespaces(proc)),
            ("mounts", try lines("mountinfo").map(Self.mount)),
            ("root and working directory", try ["root", "cwd"].map { try File.readLink("\(proc)/\($0)") }),
            ("uid map", try lines("uid_map")), ("gid map", try lines("gid_map")),
            ("setgroups", try lines("setgroups")),
            ("credentials", try lines("status").filter(Self.isCredential)),
            ("limits", try lines("limits")),
            ("out-of-memory score", try lines("oom_score_adj")),
            ("cgroups", try lines("cgroup").map { String($0.drop { $0 != ":" }) }),
        ]
        descriptors = try Self.descriptors(proc).map {
            $0.replacing(bundle, with: "BUNDLE").replacing("/\(pid)/", with: "/PID/")
        }
    }

    private static func namespaces(_ proc: String) throws -> [String] {
        try Directory.list("\(proc)/ns").sorted().filter {
            try File.readLink("\(proc)/ns/\($0)") != File.readLink("/proc/self/ns/\($0)")
        }
    }

    /// Root, mount point, options, propagation, type and super block's options, without ids and sources.
    private static func mount(_ line: String) -> String {
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-") else { return line }
        let propagation = fields[6..<dash].map { $0.prefix { $0 != ":" } }
        return (fields[3...5] + propagation + [fields[dash + 1]] + fields[(dash + 3)...]).joined(
            separator: " ")
    }

    private static func isCredential(_ line: String) -> Bool {
        [
            "Uid:", "Gid:", "Groups:", "Umask:", "Cap", "NoNewPrivs:", "Seccomp", "SigIgn:",
        ].contains { line.hasPrefix($0) }
    }

    private static func descriptors(_ proc: String) throws -> [String] {
        try Directory.list("\(proc)/fd").map { number in
            let kind = try File.readLink("\(proc)/fd/\(number)").prefix { $0 != "[" }
            let flags = try File.readText("\(proc)/fdinfo/\(number)").split(separator: "\n").first {
                $0.hasPrefix("flags:")
            }
            return "\(kind) \(flags ?? "")"
        }.sorted()
    }
}

internal import Messages
internal import OCI
internal import Runtime
internal import Sys

/// The bundle of a pod's sandbox: what containerd's own sandboxer would have prepared, and here nobody but the shim does.
///
/// All of it goes with the bundle, which containerd removes.
struct PodBundle: Sendable {
    let path: String

    /// Where containerd keeps the bundles of sandboxes that are made by themselves.
    private static let directory = "io.containerd.sandbox.controller.v1.shim"

    /// Whether a bundle is that of a sandbox: by its place, or because no container's spec is in it.
    static func isOne(_ bundle: String) -> Bool {
        bundle.split(separator: "/").contains { $0 == directory } || !File.exists(bundle + "/config.json")
    }

    private var etc: String { path + "/etc" }
    /// Names the file system that the Sentry has for the pod's /dev/shm.
    var sharedMemory: String { path + "/shm" }
    var config: String { path + "/config.json" }

    /// What the containers get, as from containerd's own sandboxer: the files that say who the pod is, and one /dev/shm.
    var mounts: [Spec.Mount] {
        ["hostname", "hosts", "resolv.conf"].map {
            Spec.Mount(
                destination: "/etc/\($0)", type: "bind", source: "\(etc)/\($0)",
                options: ["rbind", "rprivate", "rw"])
        } + [
            Spec.Mount(
                destination: "/dev/shm", type: "bind", source: sharedMemory,
                options: ["rbind", "rprivate", "nosuid", "nodev", "noexec", "rw"])
        ]
    }

    /// Writes all of it.
    func write(_ request: CreateSandboxRequest, _ config: PodSandboxConfig) throws {
        let spec = try PodSpec(request, config, sharedMemory: sharedMemory).document(over: given())
        try Directory.make("\(path)/\(PodSpec.root)", mode: 0o755)
        try write(PauseProgram.file, "\(PodSpec.root)\(PodSpec.program)", mode: 0o555)
        try Directory.make(etc, mode: 0o755)
        let name =
            config.hostname.isEmpty
            ? try File.readText("/proc/sys/kernel/hostname").filter { !$0.isNewline } : config.hostname
        try write(Array("\(name)\n".utf8), "etc/hostname")
        try write(host("/etc/hosts"), "etc/hosts")
        try write(
            config.dnsConfig.map { Array($0.resolverFile.utf8) } ?? host("/etc/resolv.conf"),
            "etc/resolv.conf")
        try Directory.make(sharedMemory, mode: 0o700)
        try write(spec.serialised(sortedKeys: true), "config.json")
    }

    /// The config.json that the client of containerd has given, if it has.
    private func given() throws -> JSONValue? {
        guard File.exists(config) else { return Optional.none }
        return try SpecDocument(parsing: File.read(config, limit: JSONLimits.config.maximumBytes)).raw
    }

    private func write(_ bytes: [UInt8], _ name: String, mode: UInt32 = 0o644) throws(SysError) {
        try File.writeAtomically(bytes, to: "\(path)/\(name)", mode: mode)
    }

    /// A file of the host, or nothing where it has none.
    private func host(_ path: String) throws(SysError) -> [UInt8] {
        do throws(SysError) { return try File.read(path) } catch  where error.code == .noEntry { return [] }
    }
}

extension DNSConfig {
    /// The lines of a resolv.conf.
    fileprivate var resolverFile: String {
        var lines: [String] = []
        if !searches.isEmpty { lines.append("search " + searches.joined(separator: " ")) }
        lines += servers.map { "nameserver " + $0 }
        if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
        return lines.map { $0 + "\n" }.joined()
    }
}

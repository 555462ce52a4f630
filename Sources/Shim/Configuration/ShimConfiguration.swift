package import Messages
package import Runtime
internal import Sys

/// How the shim is set up for a container: what its options, or else the host's files, say.
///
/// docs/configuration.md lists every key.
package struct ShimConfiguration: Sendable, Equatable {
    /// Where the configuration is when the options name none: the first of these files that exists.
    package static let defaultFiles = [
        "/run/containerd/runsc/config.toml", "/etc/containerd/runsc/config.toml",
        "/etc/containerd/runsc.toml",
    ]
    private static let defaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The runsc binary, a path or a name to be found in PATH.
    package var binaryName = "runsc"
    /// Where runsc keeps its state; each containerd namespace has a directory of its own in it.
    package var root = "/run/containerd/runsc"
    /// Flags of runsc, by name without dashes.
    package var flags: [String: String] = [:]
    /// The cgroup for the shim itself; empty for none.
    package var shimCgroup = ""
    /// The owner of the pipes of a container's streams.
    package var ioUID: UInt32 = 0
    package var ioGID: UInt32 = 0
    /// What is logged at least; nil to leave it to containerd's own level.
    package var logLevel: Log.Level?
    /// A file for the shim's log besides containerd's, as configured; see `logPath(id:)`.
    package var logPath = ""
    /// A file for a timeline of what the shim does, as configured; see `tracePath(id:)`.
    package var traceFile = ""
    /// Who builds the roots of gofer and Sentry.
    package var launchPath = LaunchPath.automatic
    /// See `RuntimeConfiguration.timerSlack`.
    package var timerSlack: UInt32?
    /// Whether a sandbox of the shim's making heeds what its pod's annotations say to gVisor.
    package var podAnnotations = false
    /// The file that was read, or "config_body"; nil if there was neither.
    package var source: String?
    /// What is strange in it but harmless, each with its file and line, for the log.
    package var warnings: [String] = []
    /// The directories where a binary's name is looked up.
    let searchPath: String

    /// The configuration of a host that has none.
    package init(searchPath: String? = Kernel.environment("PATH")) {
        self.searchPath = searchPath.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultSearchPath
    }

    /// Finds and reads the configuration.
    ///
    /// The options' file comes first, then their text, then the first of the default files that exists. runc's
    /// own options are laid over what the default file says.
    /// - Parameters:
    ///   - options: From standard input of `start` or from a create; nil and an empty value are none.
    ///   - searchPath: The shim's PATH.
    ///   - defaultFiles: In this order; those that do not exist are passed over.
    /// - Returns: The configuration; its binary is not looked for yet.
    /// - Throws: `ConfigurationError`, with file and line for a text that is at fault. An unknown key is not an
    ///   error but one of the `warnings`.
    package static func load(
        options: AnyMessage?, searchPath: String? = Kernel.environment("PATH"),
        defaultFiles: [String] = Self.defaultFiles
    ) throws(ConfigurationError) -> ShimConfiguration {
        let known: Options
        do throws(OptionsError) { known = try Options(options) } catch { throw .options(error.cause) }
        return try load(known, searchPath: searchPath, defaultFiles: defaultFiles)
    }

    /// Finds and reads the configuration for options that are read already, as those kept in a bundle.
    package static func load(
        _ options: Options, searchPath: String? = Kernel.environment("PATH"),
        defaultFiles: [String] = Self.defaultFiles
    ) throws(ConfigurationError) -> ShimConfiguration {
        var configuration = ShimConfiguration(searchPath: searchPath)
        if !options.configPath.isEmpty {
            guard options.configPath.hasPrefix("/") else { throw .relativePath(options.configPath) }
            try configuration.read(file: options.configPath)
        } else if try !configuration.read(options.configBody, source: "config_body") {
            if let file = defaultFiles.first(where: File.exists) { try configuration.read(file: file) }
        }
        configuration.overlay(options)
        return configuration
    }

    private mutating func read(file: String) throws(ConfigurationError) {
        let bytes: [UInt8]
        do throws(SysError) { bytes = try File.read(file) } catch { throw .file(error) }
        source = file
        _ = try read(bytes, source: file)
    }

    /// What runc's own options say; they have no value that means "as it was", except the empty one.
    private mutating func overlay(_ options: Options) {
        if !options.binaryName.isEmpty { binaryName = options.binaryName }
        if !options.root.isEmpty { root = options.root }
        if !options.shimCgroup.isEmpty { shimCgroup = options.shimCgroup }
        if options.ioUID != 0 { ioUID = options.ioUID }
        if options.ioGID != 0 { ioGID = options.ioGID }
        if options.systemdCgroup { useSystemdCgroup() }
    }

    /// Has runsc use systemd for cgroups, unless its own flag is set.
    mutating func useSystemdCgroup() {
        if flags["systemd-cgroup"] == nil { flags["systemd-cgroup"] = "true" }
    }
}

// MARK: - What the rest of the shim needs

extension ShimConfiguration {
    /// Flags with paths, in which %ID% stands for the sandbox.
    private static let pathFlags = [
        "log", "debug-log", "panic-log", "coverage-report", "profile-block", "profile-cpu", "profile-heap",
        "profile-mutex", "trace", "final-metrics-log", "profiling-metrics-log",
    ]

    /// The runtime for the containers of a namespace, with its binary found.
    ///
    /// - Parameters:
    ///   - namespace: containerd's.
    ///   - id: The sandbox, which replaces %ID% in the paths of logs and profiles; nil leaves it.
    /// - Returns: The configuration; its flags are checked when the installed runsc is known.
    /// - Throws: `ConfigurationError` if there is no binary that can be run.
    package func runtime(namespace: String, id: String? = nil) throws(ConfigurationError)
        -> RuntimeConfiguration
    {
        var flags = flags
        if let id {
            for name in Self.pathFlags { flags[name] = flags[name].map { Self.replacingID($0, id) } }
        }
        var runtime = RuntimeConfiguration(
            binary: try binary(), root: stateRoot(namespace: namespace), flags: flags,
            launchPath: launchPath)
        runtime.ioUID = ioUID
        runtime.ioGID = ioGID
        runtime.timerSlack = timerSlack
        return runtime
    }

    /// runsc's root for a namespace; unlike the runtime it needs no binary.
    package func stateRoot(namespace: String) -> String { "\(root)/\(namespace)" }

    /// The file for the shim's own log; nil if none is configured.
    ///
    /// A path that ends in a slash is a directory.
    package func logPath(id: String) -> String? {
        guard !logPath.isEmpty else { return nil }
        return Self.replacingID(logPath.hasSuffix("/") ? "\(logPath)runsc-shim-%ID%.log" : logPath, id)
    }

    /// The file for the shim's timeline; nil if none is configured.
    package func tracePath(id: String) -> String? {
        traceFile.isEmpty ? nil : Self.replacingID(traceFile, id)
    }

    private func binary() throws(ConfigurationError) -> String {
        if binaryName.contains("/") {
            guard binaryName.hasPrefix("/") else {
                throw .notExecutable(path: binaryName, reason: "binary_name is neither a name nor absolute")
            }
            if let reason = Self.obstacle(binaryName) {
                throw .notExecutable(path: binaryName, reason: reason)
            }
            return binaryName
        }
        // Relative directories depend on where the shim happens to run.
        for directory in searchPath.split(separator: ":") where directory.hasPrefix("/") {
            let path = "\(directory)/\(binaryName)"
            if Self.obstacle(path) == nil { return path }
        }
        throw .noBinary(name: binaryName, searchPath: searchPath)
    }

    /// Why a file cannot be run; nil if it can, as far as its mode tells.
    private static func obstacle(_ path: String) -> String? {
        do throws(SysError) {
            let status = try FileStatus(path)
            if status.isDirectory { return "is a directory" }
            return status.permissions & 0o111 == 0 ? "permission denied: not executable" : nil
        } catch { return error.code == .noEntry ? "no such file" : "\(error)" }
    }

    private static func replacingID(_ path: String, _ id: String) -> String {
        path.split(separator: "%ID%", omittingEmptySubsequences: false).joined(separator: id)
    }
}

import Glibc
import Messages
import Runtime
import Shim
import Testing

@Suite("Shim configuration")
struct ConfigurationTests {
    let scratch = Scratch()

    static func options(_ path: String, body: String = "", type: String = "io.containerd.runsc.v1.options")
        -> AnyMessage
    {
        AnyMessage(
            packing: RuntimeOptions(typeURL: type, configPath: path, configBody: Array(body.utf8)))
    }

    func load(_ options: AnyMessage?, defaults: [String] = [], path: String? = nil) throws
        -> ShimConfiguration
    {
        try ShimConfiguration.load(options: options, searchPath: path, defaultFiles: defaults)
    }

    /// Loads a text from a file that the options name.
    func load(text: String) throws -> ShimConfiguration {
        try scratch.file("runsc.toml", text)
        return try load(Self.options(scratch.path + "/runsc.toml"))
    }

    // MARK: - Sources

    @Test func nothingAtAllIsTheDefaults() throws {
        let configuration = try load(nil)
        #expect(configuration.binaryName == "runsc" && configuration.root == "/run/containerd/runsc")
        #expect(configuration.flags.isEmpty && configuration.warnings.isEmpty && configuration.source == nil)
        #expect(try load(AnyMessage()) == configuration)
    }

    @Test func aFileAsGVisorDocumentsIt() throws {
        let configuration = try load(
            text: """
                shim_cgroup = "/shims"
                io_uid = 1000
                io_gid = 4294967295
                binary_name = "runsc-nightly"
                root = "/run/other"
                log_level = "debug"
                log_path = "/var/log/runsc/%ID%/shim.log"
                grouping = true
                [runsc_config]
                  debug = "true"
                  debug-log = "/var/log/runsc/%ID%/gvisor.%COMMAND%.log"
                  platform = "kvm"
                  net-raw = true
                  num-network-channels = 4
                """)
        #expect(configuration.shimCgroup == "/shims")
        #expect(configuration.ioUID == 1000 && configuration.ioGID == UInt32.max)
        #expect(configuration.binaryName == "runsc-nightly" && configuration.root == "/run/other")
        #expect(configuration.logLevel == .debug)
        #expect(configuration.logPath(id: "abc") == "/var/log/runsc/abc/shim.log")
        #expect(
            configuration.flags == [
                "debug": "true", "debug-log": "/var/log/runsc/%ID%/gvisor.%COMMAND%.log", "platform": "kvm",
                "net-raw": "true", "num-network-channels": "4",
            ])
        #expect(configuration.warnings.isEmpty && configuration.source == scratch.path + "/runsc.toml")
    }

    @Test func theStagedLaunchCanBeAskedFor() throws {
        #expect(try load(text: "").launchPath == .automatic)
        #expect(try load(text: "launch_path = \"staged\"").launchPath == .staged)
        #expect(try load(text: "pod_annotations = true").podAnnotations)
        #expect(try !load(text: "").podAnnotations)
    }

    @Test func timerSlackIsInMicroseconds() throws {
        #expect(try load(text: "").timerSlack == nil)
        #expect(try load(text: "timer_slack_us = 1000").timerSlack == 1000)
        for text in ["0", "1000001", "-1"] {
            #expect(throws: (any Error).self) { try load(text: "timer_slack_us = \(text)") }
        }
    }

    @Test func ctrOf17LeavesTheTypeURLEmpty() throws {
        try scratch.file("c.toml", "root = \"/r\"")
        let options = AnyMessage(
            typeURL: "", value: RuntimeOptions(configPath: scratch.path + "/c.toml").encoded())
        #expect(try load(options).root == "/r")
    }

    @Test func aBodyIsReadWhenThereIsNoPath() throws {
        try scratch.file("default.toml", "root = \"/default\"")
        let configuration = try load(
            Self.options("", body: "[runsc_config]\ndebug = true"), defaults: [scratch.path + "/default.toml"]
        )
        #expect(configuration.flags == ["debug": "true"] && configuration.root == "/run/containerd/runsc")
        #expect(configuration.source == "config_body")
    }

    @Test func thePathWinsOverTheBody() throws {
        try scratch.file("c.toml", "root = \"/file\"")
        #expect(try load(Self.options(scratch.path + "/c.toml", body: "root = \"/body\"")).root == "/file")
    }

    @Test func aBodyOfNothingButTheTypeLeavesTheDefaultFile() throws {
        try scratch.file("default.toml", "root = \"/default\"")
        let body = "TypeUrl = \"io.containerd.runsc.v1.options\"\nConfigPath = \"\"\n"
        let configuration = try load(
            Self.options("", body: body), defaults: [scratch.path + "/default.toml"])
        #expect(configuration.root == "/default" && configuration.warnings.isEmpty)
    }

    @Test func containerdsOwnFileMaySpellKeysAsForRunc() throws {
        let configuration = try load(
            Self.options(
                "",
                body: "BinaryName = \"/opt/runsc\"\nSystemdCgroup = true\nRoot = \"/r\"\nNoPivotRoot = true\n"
            ))
        #expect(configuration.binaryName == "/opt/runsc" && configuration.root == "/r")
        #expect(configuration.flags == ["systemd-cgroup": "true"] && configuration.warnings.isEmpty)
    }

    @Test func theFirstDefaultFileThatExistsIsReadAlone() throws {
        try scratch.file("second.toml", "root = \"/second\"")
        try scratch.file("third.toml", "root = \"/third\"\nio_uid = 7")
        let files = ["first", "second", "third"].map { "\(scratch.path)/\($0).toml" }
        let configuration = try load(nil, defaults: files)
        #expect(configuration.root == "/second" && configuration.ioUID == 0)
        #expect(configuration.source == files[1])
    }

    @Test func runcsOptionsAreLaidOverTheDefaultFile() throws {
        try scratch.file("default.toml", "root = \"/default\"\nio_uid = 7\n[runsc_config]\ndebug = \"true\"")
        let options = RuncOptions(
            noPivotRoot: true, shimCgroup: "/c", ioGID: 8, binaryName: "/opt/runsc", criuPath: "criu",
            systemdCgroup: true)
        let configuration = try load(
            AnyMessage(packing: options), defaults: [scratch.path + "/default.toml"])
        #expect(configuration.root == "/default" && configuration.binaryName == "/opt/runsc")
        #expect(configuration.shimCgroup == "/c" && configuration.ioUID == 7 && configuration.ioGID == 8)
        #expect(configuration.flags == ["debug": "true", "systemd-cgroup": "true"])
    }

    @Test func theConfiguredFlagWinsOverRuncsSystemdOption() throws {
        try scratch.file("default.toml", "[runsc_config]\nsystemd-cgroup = \"false\"")
        let configuration = try load(
            AnyMessage(packing: RuncOptions(systemdCgroup: true)), defaults: [scratch.path + "/default.toml"])
        #expect(configuration.flags == ["systemd-cgroup": "false"])
    }

    @Test func optionsThatNameNoFileThatCanBeReadAreAnError() throws {
        let path = scratch.path + "/missing.toml"
        #expect(throws: ConfigurationError.self) { try load(Self.options(path)) }
        let relative = #expect(throws: ConfigurationError.self) { try load(Self.options("c.toml")) }
        #expect(relative == .relativePath("c.toml"))
        let folder = #expect(throws: ConfigurationError.self) { try load(Self.options(scratch.path)) }
        #expect(folder?.description.contains(scratch.path) == true)
        let foreign = #expect(throws: ConfigurationError.self) {
            try load(AnyMessage(typeURL: "io.example.Options", value: [8, 1]))
        }
        #expect(foreign?.description.contains("io.example.Options") == true)
    }

    @Test func anEmptyDefaultFileIsReadAndSaysNothing() throws {
        try scratch.file("empty.toml", "")
        let configuration = try load(nil, defaults: [scratch.path + "/empty.toml"])
        #expect(
            configuration.source == scratch.path + "/empty.toml"
                && configuration.root == "/run/containerd/runsc")
    }

    // MARK: - What is at fault, and where

    @Test(arguments: [
        ("root = 1", "1: \"root\": expected a string, not an integer"),
        ("\n\nroot = \"run\"", "3: \"root\": expected an absolute path, not \"run\""),
        ("io_uid = \"0\"", "1: \"io_uid\": expected an integer, not a string"),
        ("io_gid = -1", "1: \"io_gid\": expected 0 to 4294967295, not -1"),
        ("io_uid = 4294967296", "1: \"io_uid\": expected 0 to 4294967295, not 4294967296"),
        ("grouping = \"true\"", "1: \"grouping\": expected true or false, not a string"),
        ("launch_path = \"long\"", "1: \"launch_path\": expected automatic or staged, not \"long\""),
        ("log_level = \"loud\"", "1: \"log_level\": expected debug, info, warning or error, not \"loud\""),
        ("runsc_config = \"debug\"", "1: \"runsc_config\": expected a table, not a string"),
        (
            "[runsc_config]\n\ndebug = 1.5",
            "3: \"debug\": expected a string, a boolean or an integer, not a number with a fraction"
        ),
        (
            "[runsc_config]\nx = [1]", "2: \"x\": expected a string, a boolean or an integer, not an array"
        ),
        ("binary_name = \"a\\u0000b\"", "1: \"binary_name\": contains NUL"),
    ])
    func aWrongTypeIsAnErrorWithFileAndLine(_ text: String, _ expected: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try load(text: text) }
        #expect(error?.description == "\(scratch.path)/runsc.toml:\(expected)")
        let body = #expect(throws: ConfigurationError.self) { try load(Self.options("", body: text)) }
        #expect(body?.description == "config_body:\(expected)")
    }

    @Test func aTextThatIsNoTOMLIsAnErrorWithFileAndLine() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try load(text: "root = \"/r\"\n[runsc_config\n")
        }
        guard case .text(let source, let line, let reason) = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
        #expect(source == scratch.path + "/runsc.toml" && line == 2 && !reason.isEmpty)
    }

    @Test func anUnknownKeyIsAWarningWithFileAndLine() throws {
        let configuration = try load(
            text: """
                root = "/r"
                binary = "runsc"
                grouping = false
                enable_hibernate_server = true
                restore_background = false
                [runsc_config]
                root = "/elsewhere"
                platform = "kvm"
                [plugins]
                x = 1
                """)
        let file = scratch.path + "/runsc.toml"
        #expect(
            configuration.warnings == [
                "\(file):2: unknown key \"binary\", ignored",
                "\(file):3: grouping = false is ignored: a pod always has one shim",
                "\(file):4: \"enable_hibernate_server\" is not supported, and ignored",
                "\(file):7: flag \"root\" is ignored: runsc's root is that of the shim and the namespace",
                "\(file):9: unknown key \"plugins\", ignored",
            ])
        #expect(configuration.root == "/r" && configuration.flags == ["platform": "kvm"])
    }

    // MARK: - The runtime

    @Test func theBinaryIsFoundInPath() throws {
        try scratch.file("runsc", "#!/bin/sh\n")
        // Before the right one: no file, one that is not executable, a directory.
        let plain = Scratch()
        try plain.file("runsc", "")
        let path = "relative::/nowhere:\(plain.path):\(scratch.path)"
        let missing = #expect(throws: ConfigurationError.self) {
            try load(nil, path: path).runtime(namespace: "default")
        }
        #expect(missing == .noBinary(name: "runsc", searchPath: path))
        #expect(missing?.description.hasPrefix("runsc: executable file not found in $PATH") == true)
        makeExecutable(scratch.path + "/runsc")
        let runtime = try load(nil, path: path).runtime(namespace: "default")
        #expect(runtime.binary == scratch.path + "/runsc" && runtime.root == "/run/containerd/runsc/default")
    }

    @Test func anAbsoluteBinaryMustBeExecutable() throws {
        let path = scratch.path + "/my-runsc"
        let configuration = try load(text: "binary_name = \"\(path)\"\nroot = \"/r\"")
        let missing = #expect(throws: ConfigurationError.self) { try configuration.runtime(namespace: "n") }
        #expect(missing?.description == "\(path): no such file")
        try scratch.file("my-runsc", "")
        let plain = #expect(throws: ConfigurationError.self) { try configuration.runtime(namespace: "n") }
        #expect(plain?.description == "\(path): permission denied: not executable")
        makeExecutable(path)
        #expect(try configuration.runtime(namespace: "n") == RuntimeConfiguration(binary: path, root: "/r/n"))
    }

    @Test func aDirectoryAndARelativePathAreNoBinaries() throws {
        let folder = try load(text: "binary_name = \"\(scratch.path)\"")
        let error = #expect(throws: ConfigurationError.self) { try folder.runtime(namespace: "n") }
        #expect(error?.description == "\(scratch.path): is a directory")
        let relative = try load(text: "binary_name = \"./runsc\"")
        #expect(throws: ConfigurationError.self) { try relative.runtime(namespace: "n") }
    }

    @Test func theIDStandsInThePathsOfLogsOnly() throws {
        try scratch.file("runsc", "")
        makeExecutable(scratch.path + "/runsc")
        let flags = ["debug-log": "/l/%ID%/%COMMAND%.%ID%", "traceback": "%ID%"]
        var configuration = try load(nil, path: scratch.path)
        configuration.flags = flags
        let named = try configuration.runtime(namespace: "n", id: "a").flags
        #expect(named == ["debug-log": "/l/a/%COMMAND%.a", "traceback": "%ID%"])
        #expect(try configuration.runtime(namespace: "n").flags == flags)
        configuration.logPath = "/var/log/"
        #expect(configuration.logPath(id: "a") == "/var/log/runsc-shim-a.log")
        configuration.logPath = ""
        #expect(configuration.logPath(id: "a") == nil)
    }
}

/// Sets the mode that a program has.
private func makeExecutable(_ path: String) { #expect(chmod(path, 0o755) == 0) }

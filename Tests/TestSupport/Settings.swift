import Foundation

/// What the environment of a test run chooses; each has a default that suits `make test`.
package enum Settings {
    private static let environment = ProcessInfo.processInfo.environment

    /// The root of the package.
    package static let repository: String = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// `CI=true`: what is missing on the machine fails a test instead of skipping it.
    package static let isCI = environment["CI"] == "true"

    /// The runtime that containerd is asked for: `SHIM_RUNTIME`.
    ///
    /// The scenarios hold for any runtime; `io.containerd.runc.v2` proves the harness itself.
    package static let runtime = environment["SHIM_RUNTIME"] ?? "io.containerd.runsc.v1"

    /// Whether containers run in gVisor, so that what is gVisor's own can be asserted.
    package static var isGVisor: Bool { runtime.contains(".runsc.") }

    /// The file name of the shim, as containerd derives it from the runtime's name.
    package static var shimName: String {
        "containerd-shim-" + runtime.split(separator: ".").suffix(2).joined(separator: "-")
    }

    /// Where the built shim lies: `SHIM_DIRECTORY`, else build/ in the package.
    package static let shimDirectory = environment["SHIM_DIRECTORY"] ?? repository + "/build"

    /// The directories of the system's programs, for the PATH of what the tests start.
    package static let systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Python with the modules of the CRI client: `TEST_PYTHON`, else where setup puts it.
    package static let python =
        environment["TEST_PYTHON"] ?? "/opt/containerd-shim-runsc/venv/bin/python"

    /// Where logs of a run are kept: `TEST_LOGS`, else build/logs in the package.
    package static let logDirectory = environment["TEST_LOGS"] ?? repository + "/build/logs"

    /// The value of an environment variable.
    static func value(_ name: String) -> String? { environment[name] }
}

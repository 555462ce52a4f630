import Glibc
package import Testing

/// What a test needs of the machine.
package enum Requirement: Sendable {
    case root
    case runsc(RunscRelease)
    case containerd(ContainerdRelease)
    /// Python's gRPC, which the client of the CRI is written with.
    case client
    /// The CNI plug-ins, for the network of pods.
    case plugins
    /// A program in the system's PATH.
    case program(String)
    /// A program outside of it.
    case file(String)
    /// The shim, built by `make release`; nothing when the runtime under test is another one.
    case shim
    /// A runtime that is gVisor: its own behaviour is asserted.
    case gVisor

    /// Why the requirement is not met, nil when it is.
    package var missing: String? {
        switch self {
        case .root:
            geteuid() == 0 ? nil : "not root"
        case .runsc(let release):
            executable(release.directory + "/runsc", hint: "run 'make setup'")
        case .containerd(let release):
            executable(release.directory + "/containerd", hint: "run 'make setup'")
        case .client:
            executable(Settings.python, hint: "run 'make setup'")
        case .plugins:
            executable("/usr/lib/cni/bridge", hint: "run 'make setup'")
        case .program(let name):
            (try? findExecutable(name, in: Settings.systemPath)) == nil
                ? "no \(name) in \(Settings.systemPath): run 'make setup'" : nil
        case .file(let path):
            executable(path, hint: "run 'make setup'")
        case .shim:
            Settings.isGVisor
                ? executable("\(Settings.shimDirectory)/\(Settings.shimName)", hint: "run 'make release'")
                : nil
        case .gVisor:
            Settings.isGVisor ? nil : "the runtime under test is \(Settings.runtime)"
        }
    }

    private func executable(_ path: String, hint: String) -> String? {
        access(path, X_OK) == 0 ? nil : "no \(path): \(hint)"
    }
}

/// Requirements that a machine which must run everything does not meet.
package struct RequirementMissing: Error, CustomStringConvertible {
    package let description: String
}

extension Trait where Self == ConditionTrait {
    /// Runs the test only where the machine has what it needs, and says why when it has not.
    ///
    /// With `CI=true` a missing requirement fails the test: a suite that skips itself proves nothing.
    package static func requires(_ requirements: Requirement...) -> ConditionTrait {
        let missing = requirements.compactMap(\.missing)
        let mustRun = Settings.isCI && Settings.isGVisor
        return .enabled(Comment(rawValue: "needs: " + missing.joined(separator: "; "))) {
            guard !missing.isEmpty else { return true }
            guard !mustRun else { throw RequirementMissing(description: missing.joined(separator: "; ")) }
            return false
        }
    }
}

import Testing

/// A release of containerd that the shim must work with.
package enum ContainerdRelease: String, Sendable, CaseIterable {
    /// Of Debian 12 itself: reads a plain address from `start`, and version 2 of the task API.
    case v1_6 = "1.6"
    /// Reads JSON.
    case v1_7 = "1.7"
    /// Takes version 3 of the task API where it is offered, and asks for `-info`.
    case v2_1 = "2.1"

    /// The directory of its programs: `CONTAINERD_1_7` and so on, else where setup puts it.
    package var directory: String {
        let variable = "CONTAINERD_" + rawValue.replacing(".", with: "_")
        let usual = self == .v1_6 ? "/usr/bin" : "/opt/containerd-shim-runsc/containerd-\(rawValue)/usr/bin"
        return Settings.value(variable) ?? usual
    }
}

/// A containerd and the runsc under it: a pair that users have.
package struct Stack: Sendable, CustomTestStringConvertible {
    package let containerd: ContainerdRelease
    package let runsc: RunscRelease

    package init(_ containerd: ContainerdRelease, _ runsc: RunscRelease) {
        self.containerd = containerd
        self.runsc = runsc
    }

    package var testDescription: String { "containerd \(containerd.rawValue) with \(runsc.rawValue)" }

    /// Every pair of the releases on this machine; in CI of all releases, where an absent one then fails.
    package static let all: [Stack] = ContainerdRelease.allCases
        .filter { Settings.isCI || Requirement.containerd($0).missing == nil }
        .flatMap { containerd in RunscRelease.underTest.map { Stack(containerd, $0) } }

    /// The oldest containerd with each runsc, the primary runsc with each containerd, and the newest with the newest.
    ///
    /// What containerd asks for depends on its release, and what the sandbox does on runsc's; the other pairs add nothing but
    /// time, except that they must run at all.
    package static let underTest: [Stack] = all.filter {
        $0.containerd == .v1_6 || $0.runsc == .r24 || $0.runsc == .head && $0.containerd == .v2_1
    }
}

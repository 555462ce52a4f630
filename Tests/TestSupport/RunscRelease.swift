import Glibc
import Testing

/// A release of gVisor that the shim must work with.
package enum RunscRelease: String, Sendable, CaseIterable, CustomTestStringConvertible {
    /// 20240729, from Debian 12's backports: the primary one. Platform systrap.
    case r24 = "R24"
    /// 20221219, of Debian 12 itself. Platform ptrace.
    case r22 = "R22"

    /// The directory of its `runsc`: `RUNSC_R24`, `RUNSC_R22`, else where setup puts it.
    package var directory: String {
        switch self {
        case .r24: Settings.value("RUNSC_R24") ?? "/opt/containerd-shim-runsc/runsc-20240729/usr/bin"
        case .r22: Settings.value("RUNSC_R22") ?? "/usr/bin"
        }
    }

    package var testDescription: String { rawValue }

    /// The releases to run the scenarios with.
    ///
    /// All of them in CI, where an absent one then fails; else those that this machine has. A runtime that is not
    /// gVisor's needs the scenarios once.
    package static let underTest: [RunscRelease] = {
        guard Settings.isGVisor else { return [.r24] }
        return Settings.isCI ? allCases : allCases.filter { Requirement.runsc($0).missing == nil }
    }()
}

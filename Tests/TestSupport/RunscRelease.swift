import Glibc
import Testing

/// A release of gVisor that the shim must work with.
package enum RunscRelease: String, Sendable, CaseIterable, CustomTestStringConvertible {
    /// 20240729, from Debian 12's backports: the primary one. Platform systrap.
    case r24 = "R24"
    /// 20221219, of Debian 12 itself. Platform ptrace.
    case r22 = "R22"
    /// Upstream's current release (2026), which no package of Debian's has. Platform systrap.
    case head = "HEAD"

    /// The directory of its `runsc`: `RUNSC_R24`, `RUNSC_R22`, `RUNSC_HEAD`, else where setup puts it.
    package var directory: String {
        switch self {
        case .r24: Settings.value("RUNSC_R24") ?? "/opt/containerd-shim-runsc/runsc-20240729/usr/bin"
        case .r22: Settings.value("RUNSC_R22") ?? "/usr/bin"
        case .head: Settings.value("RUNSC_HEAD") ?? "/opt/containerd-shim-runsc/runsc-head/usr/bin"
        }
    }

    /// Its `runsc`.
    package var program: String { directory + "/runsc" }

    package var testDescription: String { rawValue }

    /// The releases to run the scenarios with.
    ///
    /// Those that setup installs all in CI, where an absent one then fails; else those that this machine has. A runtime
    /// that is not gVisor's needs the scenarios once.
    package static let underTest: [RunscRelease] = {
        guard Settings.isGVisor else { return [.r24] }
        return allCases.filter { Settings.isCI && $0 != .head || Requirement.runsc($0).missing == nil }
    }()
}

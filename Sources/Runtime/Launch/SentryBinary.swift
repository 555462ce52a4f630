import Sys

extension RuntimeConfiguration {
    /// The program that becomes the Sentry: runsc itself, or the one that newer releases put beside it.
    ///
    /// Its flags are those that count for the launch.
    var sentryBinary: String {
        let real = (try? FileStatus.realPath(binary)) ?? binary
        let sidecar = Path.split(real).directory + "/gvisor-bin/gvisor_sentry"
        // As runsc itself has it, one that cannot be executed is none.
        return (try? FileStatus(sidecar))?.isProgram == true ? sidecar : binary
    }

    /// The environment of a Sentry: empty, except for what its Go runtime needs with virtual processors, and that a
    /// program beside runsc is told of which release it is to be.
    ///
    /// It compares, and panics or logs as `sidecar-release-enforcement-policy` has it.
    func sentryEnvironment(_ contract: Contract) -> [String] {
        (usesKVM(contract) ? ["GODEBUG=asyncpreemptoff=1"] : []) + expectedRelease(contract)
    }

    private func expectedRelease(_ contract: Contract) -> [String] {
        guard sentryBinary != binary else { return [] }
        let isEnforced =
            switch value("sidecar-release-enforcement-policy", contract).uppercased() {
            case "ALWAYS": true
            case "IF_RELEASE_BUILD": contract.version.hasPrefix("release-")
            default: false
            }
        return ["GVISOR_ENFORCE_RELEASE=\(isEnforced ? "" : "SKIP:")\(contract.version)"]
    }
}

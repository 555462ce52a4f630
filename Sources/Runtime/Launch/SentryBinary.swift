import Sys

extension RuntimeConfiguration {
    /// The program that becomes the Sentry: runsc itself, or the one that newer releases put beside it.
    ///
    /// Its flags are those that count for the launch.
    var sentryBinary: String {
        let real = (try? FileStatus.realPath(binary)) ?? binary
        let sidecar = Path.split(real).directory + "/gvisor-bin/gvisor_sentry"
        return File.exists(sidecar) ? sidecar : binary
    }
}

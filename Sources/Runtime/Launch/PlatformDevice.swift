import OCI
import Sys

extension RuntimeConfiguration {
    /// Whether the Sentry runs its containers by hardware virtualisation.
    func usesKVM(_ contract: Contract) -> Bool { value("platform", contract) == "kvm" }

    /// The device of the platform, opened for the Sentry, which has none of the host's files; `nil` for platforms
    /// without one.
    ///
    /// - Throws: `RuntimeError` naming the device.
    func platformDevice(_ contract: Contract) throws(RuntimeError) -> OwnedFD? {
        guard usesKVM(contract) else { return nil }
        let configured = value("platform_device_path", contract)
        do {
            return try File.open(configured.isEmpty ? "/dev/kvm" : configured, [.readWrite])
        } catch {
            throw RuntimeError(.failedPrecondition, "platform \"kvm\": device", cause: error)
        }
    }
}

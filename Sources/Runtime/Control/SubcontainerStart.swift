import OCI
import Sys

/// The argument of `StartSubcontainer` and the descriptors that go with it, in the order that the Sentry takes them.
struct SubcontainerStart {
    let launch: Launch
    /// The spec's mounts with their destinations as the gofer resolved them: a JSON array.
    let resolvedMounts: JSONValue
    let stdio: GuestStdio
    let filestores: [OwnedFD]
    let goferConnections: [OwnedFD]

    func json() throws -> JSONValue {
        var spec = launch.spec
        try spec.replaceMounts(resolvedMounts)
        var value: JSONValue = [
            "Spec": spec.raw,
            "Conf": launch.configuration.sentryConfiguration(
                for: launch.contract, network: launch.network, overlay: launch.overlay),
            "CID": .string(launch.id),
        ]
        guard launch.contract.hasGoferMountConfs else { return value }
        value["NumGoferFilestoreFDs"] = JSONValue(filestores.count)
        value["IsDevIoFilePresent"] = false
        value["GoferMountConfs"] = .array(launch.mounts.map(\.conf.json))
        return value
    }

    /// A terminal has gone with `CreateSubcontainer`; then there is no stdio here.
    func descriptors() throws(SysError) -> [OwnedFD] {
        let stdio: [OwnedFD] =
            if case .files = self.stdio { try self.stdio.forSandbox(launch) } else { [] }
        return stdio + filestores + goferConnections
    }
}

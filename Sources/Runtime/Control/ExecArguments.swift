package import OCI

/// The argument of `ExecuteAsync`.
package struct ExecArguments {
    /// The id of the container that the process is to run in.
    package var container: String
    /// What is to be run.
    package var process: Spec.Process
    /// What the container's own process may do: used when the new one names no capabilities.
    package var containerCapabilities: Spec.CapabilitySets?
    /// Whether `CAP_NET_RAW` may be given (`--net-raw`).
    package var allowRawSockets: Bool

    /// The arguments for one process.
    package init(
        container: String, process: Spec.Process, containerCapabilities: Spec.CapabilitySets?,
        allowRawSockets: Bool
    ) {
        self.container = container
        self.process = process
        self.containerCapabilities = containerCapabilities
        self.allowRawSockets = allowRawSockets
    }

    /// The JSON form.
    ///
    /// - Parameter namesGuestDescriptors: whether the release wants the guest's number of each descriptor.
    /// - Throws: `Capability.Unknown`.
    package func json(namesGuestDescriptors: Bool) throws -> JSONValue {
        let sets = process.capabilities ?? containerCapabilities
        var value: JSONValue = [
            "filename": "",
            "argv": JSONValue(process.args),
            "envv": JSONValue(process.env),
            "MountNamespace": nil,
            "wd": .string(process.cwd.isEmpty ? "/" : process.cwd),
            "KUID": JSONValue(process.user.uid),
            "KGID": JSONValue(process.user.gid),
            "ExtraKGIDs": .array(process.user.additionalGids.map { JSONValue($0) }),
            "Capabilities": [
                "PermittedCaps": try mask(sets?.permitted),
                "InheritableCaps": try mask(sets?.inheritable),
                "EffectiveCaps": try mask(sets?.effective),
                "BoundingCaps": try mask(sets?.bounding),
                "AmbientCaps": try mask(sets?.ambient),
            ],
            // Of newer releases: programs with set-uid bits gain nothing, and any terminal is one.
            "NoNewPrivileges": .bool(process.noNewPrivileges),
            "SupportTTYs": true,
            "StdioIsPty": .bool(process.terminal),
            "ContainerID": .string(container),
            "PIDNamespace": nil,
            "Limits": nil,
        ]
        if namesGuestDescriptors { value["GuestFDs"] = [0, 1, 2] }
        return value
    }

    /// Raw sockets reach the network around the Sentry's own stack, so the capability is the runtime's to give.
    private func mask(_ names: [String]?) throws(Capability.Unknown) -> JSONValue {
        var mask = try Capability.mask(of: names ?? [])
        if !allowRawSockets, let raw = Capability.number(of: "CAP_NET_RAW") { mask &= ~(1 << UInt64(raw)) }
        return JSONValue(mask)
    }
}

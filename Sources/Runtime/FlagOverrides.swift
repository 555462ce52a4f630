package import OCI

extension RuntimeConfiguration {
    /// The configuration for one sandbox: the host's, checked, with the changes that its annotations ask for.
    ///
    /// Bundles come first (`dev.gvisor.bundle.NAME`) and replace what is configured, single flags after them
    /// (`dev.gvisor.flag.NAME`). A flag needs `allow-flag-override` in the configuration, or a place on the
    /// release's own list of harmless flags; a bundle needs neither. Bundles that are not known are ignored. All
    /// of this is as in gVisor.
    ///
    /// Releases with `Contract.appliesFlagAnnotations` do the same again inside their processes, with the same
    /// result. For the others the result must be passed to the processes as flags.
    /// - Parameters:
    ///   - annotations: Those of the sandbox's root container.
    ///   - contract: Of the installed runsc.
    /// - Returns: The configuration, its flags in the form of `Contract.checked`.
    /// - Throws: `RuntimeError` naming the annotation or the flag: `unsupported` for a flag that this runsc does
    ///   not have, `invalid` for a value of another type, a flag that may not be overridden, and bundles that
    ///   contradict each other.
    package func applying(annotations: Annotations, contract: Contract) throws(RuntimeError)
        -> RuntimeConfiguration
    {
        var result = self
        for (name, value) in flags where name != "root" {
            result.flags[name] = try contract.checked(value, of: name)
        }
        // Before any annotation: none can allow itself what follows.
        let isFree = result.isOn("allow-flag-override", contract)
        let configured = result
        try result.apply(bundles: annotations.flagBundles, contract)
        for (name, value) in annotations.flags.sorted(by: { $0.key < $1.key }) {
            do throws(RuntimeError) {
                result.flags[name] = try configured.override(name, value, contract, isFree: isFree)
            } catch {
                throw RuntimeError(
                    error.kind, "annotation \"\(Annotations.Key.flagPrefix)\(name)\": \(error.message)")
            }
        }
        return result
    }

    /// The value of a flag that an annotation sets, if it may.
    private func override(_ name: String, _ value: String, _ contract: Contract, isFree: Bool)
        throws(RuntimeError) -> String
    {
        let checked = try contract.checked(value, of: name)
        // The state files and sockets of all sandboxes are there; runsc only ever takes it from its launcher.
        guard name != "root" else { throw RuntimeError(.invalid, "flag \"root\" cannot be overridden") }
        if isFree { return checked }
        guard let allowance = FlagAllowance(name, contract) else {
            throw RuntimeError(
                .invalid,
                "flag \"\(name)\" may not be overridden unless the configuration sets allow-flag-override")
        }
        guard allowance.permits(checked, configured: self.value(name, contract)) else {
            throw RuntimeError(
                .invalid,
                "flag \"\(name)\": \"\(value)\" needs allow-flag-override in the configuration")
        }
        return checked
    }

    /// Named sets of flags, from runsc/config of the releases that have them.
    private static let bundles = [
        "experimental-high-performance": [
            "directfs": "true", "overlay2": "root:self", "platform": "systrap",
        ]
    ]

    private mutating func apply(bundles: [String: String], _ contract: Contract) throws(RuntimeError) {
        // 2022's runsc has no bundles, and takes the annotations for someone else's.
        guard contract.hasDirectFS else { return }
        var origins: [String: String] = [:]
        for (bundle, value) in bundles.sorted(by: { $0.key < $1.key }) {
            let annotation = "annotation \"\(Annotations.Key.bundlePrefix)\(bundle)\""
            guard value == "true" else {
                throw RuntimeError(.invalid, "\(annotation): expected true, not \"\(value)\"")
            }
            for (name, value) in (Self.bundles[bundle] ?? [:]).sorted(by: { $0.key < $1.key }) {
                if let origin = origins[name], flags[name] != value {
                    throw RuntimeError(
                        .invalid, "\(annotation): sets flag \"\(name)\" otherwise than bundle \"\(origin)\"")
                }
                do throws(RuntimeError) { flags[name] = try contract.checked(value, of: name) } catch {
                    throw RuntimeError(error.kind, "\(annotation): \(error.message)")
                }
                origins[name] = bundle
            }
        }
    }
}

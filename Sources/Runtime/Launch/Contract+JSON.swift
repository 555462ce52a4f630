package import OCI

extension Contract {
    /// The contract as the cache keeps it.
    package var json: JSONValue {
        [
            "version": .string(version), "specVersion": .string(specVersion),
            "bootFlags": JSONValue(bootFlags.sorted()), "goferFlags": JSONValue(goferFlags.sorted()),
            "globalFlags": .object(
                globalFlags.mapValues { flag in
                    var value: JSONValue = ["type": .string(flag.type)]
                    value["default"] = flag.defaultValue.map { .string($0) }
                    return value
                }),
            "goferTakesContainerID": .bool(goferTakesContainerID),
        ]
    }

    /// A contract as it was kept.
    ///
    /// - Throws: `SpecError` for a document that `json` did not make.
    package init(json: JSONValue) throws(SpecError) {
        let reader = try ObjectReader(json, document: "contract")
        var flags: [String: GlobalFlag] = [:]
        let members = try reader.object("globalFlags") { $0.members } ?? [:]
        for (name, value) in members {
            let flag = try ObjectReader(value, document: "contract: globalFlags.\(name)")
            flags[name] = GlobalFlag(
                type: try flag.string("type"), defaultValue: flag.value("default")?.string)
        }
        self.init(
            version: try reader.string("version"), specVersion: try reader.string("specVersion"),
            bootFlags: Set(try reader.strings("bootFlags")),
            goferFlags: Set(try reader.strings("goferFlags")), globalFlags: flags,
            goferTakesContainerID: try reader.bool("goferTakesContainerID"))
    }
}

extension SpecDocument {
    /// Adds the mounts that a pod has for all its containers, where the document has none at the same place.
    ///
    /// A memory file system of the container alone gives way: it is only there by default. In a read-only root the files
    /// below /etc are read-only, too.
    package mutating func addPodMounts(_ mounts: [Spec.Mount]) throws(SpecError) {
        var entries = raw["mounts"]?.array ?? []
        let isReadOnly = spec.root?.readonly ?? false
        for var mount in mounts {
            if isReadOnly && mount.destination.hasPrefix("/etc/") {
                mount.options = mount.options.map { $0 == "rw" ? "ro" : $0 }
            }
            let entry: JSONValue = [
                "destination": .string(mount.destination), "type": .string(mount.type),
                "source": .string(mount.source), "options": JSONValue(mount.options),
            ]
            let place = spec.mounts.lastIndex { $0.destination == mount.destination }
            if let place, spec.mounts[place].type == "tmpfs", !spec.mounts[place].isBind {
                entries[place] = entry
            } else if place == nil {
                entries.append(entry)
            }
        }
        try replaceMounts(.array(entries))
    }
}

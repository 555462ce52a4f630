import OCI

/// What a pod's annotations say about its volumes (`dev.gvisor.spec.mount.NAME.FIELD`): who uses one, so that the
/// Sentry may keep it to itself.
///
/// The Sentry reads the root container's annotations by the same rules; they hold for all containers of a sandbox.
struct MountHints: Sendable, Equatable {
    /// One volume.
    struct Hint: Sendable, Equatable {
        /// Who else may change the volume; the numbers are those of the state file.
        enum Share: Int, Sendable {
            case container = 1
            case pod, shared
        }

        enum Kind: String, Sendable {
            case bind, tmpfs
        }

        var name: String
        var source: String
        var kind: Kind
        var share: Share
        var options: [String]

        /// Whether the Sentry has one file system for all mounts of the volume, in all containers.
        var isOneForAll: Bool { kind == .tmpfs && share != .shared }
    }

    var hints: [Hint] = []

    /// Reads the hints.
    ///
    /// A volume with a wrong or missing field has none, as in gVisor.
    ///
    /// - Throws: `RuntimeError` for a key that the Sentry would not start with, and for a source with two hints.
    init(_ annotations: [String: String]) throws(RuntimeError) {
        var volumes: [String: [String: String]] = [:]
        for (key, value) in annotations where key.hasPrefix(Annotations.Key.mountPrefix) {
            let parts = key.dropFirst(Annotations.Key.mountPrefix.count).split(
                separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw RuntimeError(
                    .invalid,
                    "config.json: annotations.\(key): expected \(Annotations.Key.mountPrefix)NAME.FIELD")
            }
            volumes[String(parts[0]), default: [:]][String(parts[1])] = value
        }
        hints = volumes.compactMap(Self.hint).sorted { $0.name < $1.name }
        for (index, hint) in hints.enumerated() {
            if let twin = hints[..<index].first(where: { $0.source == hint.source }) {
                throw RuntimeError(
                    .invalid,
                    "config.json: annotations: volumes \(twin.name) and \(hint.name) have the same source \(hint.source)"
                )
            }
        }
    }

    private static func hint(_ name: String, _ fields: [String: String]) -> Hint? {
        let shares: [String: Hint.Share] = ["container": .container, "pod": .pod, "shared": .shared]
        guard let source = fields["source"], !source.isEmpty,
            let kind = fields["type"].flatMap(Hint.Kind.init),
            let share = fields["share"].flatMap({ shares[$0] })
        else { return nil }
        let options = (fields["options"] ?? "").split(separator: ",").map(String.init)
        return Hint(name: name, source: source, kind: kind, share: share, options: options)
    }

    /// The hint for a mount with this source.
    func hint(for source: String) -> Hint? { hints.first { $0.source == source } }

    /// The sources that have one file system for all mounts.
    var sharedSources: [String] { hints.filter(\.isOneForAll).map(\.source) }

    /// The form of the state file.
    var json: JSONValue {
        let mounts = hints.map { hint -> (String, JSONValue) in
            let mount: JSONValue = [
                "destination": "", "type": .string(hint.kind.rawValue), "source": .string(hint.source),
                "options": JSONValue(hint.options),
            ]
            return (
                hint.name,
                ["name": .string(hint.name), "share": JSONValue(hint.share.rawValue), "mount": mount]
            )
        }
        return ["mounts": .object(Dictionary(uniqueKeysWithValues: mounts))]
    }
}

extension SpecDocument {
    /// Turns the bind mounts with these sources into mounts of the sandbox's memory.
    mutating func mountInMemory(_ sources: [String]) throws(SpecError) {
        guard !sources.isEmpty, var mounts = raw["mounts"]?.array else { return }
        for (index, mount) in spec.mounts.enumerated()
        where mount.isServedByGofer && sources.contains(mount.source) {
            mounts[index]["type"] = "tmpfs"
            mounts[index]["options"] = JSONValue(mount.options.filter { $0 != "bind" && $0 != "rbind" })
        }
        try replaceMounts(.array(mounts))
    }

    /// Leaves the sizes out of the hints: releases that do not know them would not start.
    mutating func leaveOutSizesOfHints() {
        for (key, value) in spec.annotations
        where key.hasPrefix(Annotations.Key.mountPrefix) && key.hasSuffix(".options") {
            let known = value.split(separator: ",").filter { !$0.hasPrefix("size=") }
            setAnnotation(key, known.joined(separator: ","))
        }
    }
}

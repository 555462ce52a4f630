import OCI

/// The value of runsc's `--overlay2`.
struct OverlaySetting: Sendable, Equatable {
    enum Medium: Sendable, Equatable {
        case memory
        case `self`
        case directory(String)
    }

    var root: Medium?
    var submounts: Medium?
    /// How large an overlay may become; nil leaves it to the Sentry.
    var size: String?

    /// Reads a value as the release does.
    ///
    /// - Throws: `RuntimeError` saying what is expected.
    init(_ text: String, _ contract: Contract) throws(RuntimeError) {
        if text.isEmpty || text == "none" { return }
        let isNew = contract.hasGoferMountConfs
        let (setting, size) = Self.split(text, contract)
        let parts = setting.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["root", "all"].contains(parts[0]), size?.isEmpty != true,
            size?.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "%") }) != false,
            let medium = isNew ? Self.medium(parts[1]) : Self.oldMedium(parts[1])
        else {
            let media =
                (isNew ? ":memory, :self or :dir=/PATH" : ":memory or :/PATH")
                + (contract.hasOverlaySize ? ", and optionally ,size=SIZE" : "")
            throw RuntimeError(
                .invalid,
                "flag \"overlay2\": expected none, or root or all with \(media), not \"\(text)\","
                    + " which is not supported by runsc \(contract.version)")
        }
        root = medium
        self.size = size
        if parts[0] == "all" { submounts = medium }
    }

    /// What stands before and behind ",size=".
    private static func split(_ text: String, _ contract: Contract) -> (setting: String, size: String?) {
        guard contract.hasOverlaySize, let mark = text.firstRange(of: ",size=") else { return (text, nil) }
        return (String(text[..<mark.lowerBound]), String(text[mark.upperBound...]))
    }

    /// Where an overlay keeps its files; `nil` for what is no such place.
    static func medium(_ text: String) -> Medium? {
        if text == "memory" { return .memory }
        if text == "self" { return .self }
        return text.hasPrefix("dir=/") ? .directory(String(text.dropFirst("dir=".count))) : nil
    }

    /// The medium as releases had it before there was a file for each mount.
    private static func oldMedium(_ text: String) -> Medium? {
        if text == "memory" { return .memory }
        return text.hasPrefix("/") ? .directory(text) : nil
    }

    /// The setting as a field of the configuration that a subcontainer of such a release is started with.
    var oldJSON: JSONValue {
        var directory = ""
        if case .directory(let path) = root { directory = path }
        return [
            "RootMount": .bool(root != nil), "SubMounts": .bool(submounts != nil),
            "FilestoreDir": .string(directory),
        ]
    }
}

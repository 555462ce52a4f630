/// A cgroup path in the form for systemd's driver: `slice:prefix:name`.
///
/// A kubelet with that driver, which is the usual one, has containerd give every container such a path. The form is runc's
/// ("cgroupsPath" in its docs/systemd.md), and where it leads is systemd's rule (systemd.slice(5)).
package struct SystemdPath: Sendable, Equatable {
    /// The unit in which the container's is.
    package let slice: String
    /// What the name of a scope begins with; may be empty.
    package let prefix: String
    /// The container's name, or the unit's, when it is a slice.
    package let name: String
    /// The unit of the container: a scope, or a slice where the name is one.
    package let unit: String
    /// The cgroup of the unit, absolute below the mountpoint.
    package let path: String

    /// Whether the unit is one for processes that others have started.
    package var isScope: Bool { unit.hasSuffix(".scope") }

    /// Reads the form.
    ///
    /// - Returns: nil for a path of the plain form.
    /// - Throws: `CgroupError.badSystemdPath` for one that looks like this form and is not.
    package init?(_ text: String) throws(CgroupError) {
        guard Self.has(text) else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        (slice, prefix, name) = (parts[0].isEmpty ? "system.slice" : parts[0], parts[1], parts[2])
        guard !name.isEmpty, !text.utf8.contains(0) else {
            throw .badSystemdPath(text, expected: "slice:prefix:name with a name")
        }
        unit =
            name.hasSuffix(".slice") ? name : prefix.isEmpty ? "\(name).scope" : "\(prefix)-\(name).scope"
        guard let directory = Self.directory(of: slice) else {
            throw .badSystemdPath(text, expected: "the name of a slice before the first colon")
        }
        path = directory + "/" + unit
    }

    /// Whether a path has this form rather than the plain one.
    package static func has(_ text: String) -> Bool {
        !text.contains("/") && text.split(separator: ":", omittingEmptySubsequences: false).count == 3
    }

    /// The cgroup of a slice: `a-b.slice` is inside `a.slice`, and `-.slice` is the root.
    private static func directory(of slice: String) -> String? {
        guard slice.hasSuffix(".slice") else { return nil }
        let name = slice.dropLast(".slice".count)
        if name == "-" { return "" }
        var directory = ""
        var outer = ""
        for part in name.split(separator: "-", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { return nil }
            outer += outer.isEmpty ? part : "-" + part
            directory += "/\(outer).slice"
        }
        return directory
    }
}

/// A config.json: the whole document as it was read, with the typed view of it.
///
/// Edits change the document and keep every field that the view does not know; the view is always that
/// of the document as it stands. The launcher donates `serialised()` to the sandbox, never the bytes that
/// were read, so that what was checked is what runs (a duplicate key, for example, is read once).
package struct SpecDocument: Sendable, Equatable {
    /// The document.
    package private(set) var raw: JSONValue
    /// The typed view of `raw`.
    package private(set) var spec: Spec

    /// Reads a config.json.
    ///
    /// - Throws: `SpecError.json` beyond `JSONLimits.config` or for malformed bytes; `SpecError.wrongType`.
    package init(parsing bytes: [UInt8]) throws(SpecError) {
        try self.init(raw: Self.json(bytes, "config.json"))
    }

    /// Takes a document that is already a tree, for example from a state file.
    package init(raw: JSONValue) throws(SpecError) {
        self.raw = raw
        let mounts = raw["mounts"]?.array?.count ?? 0
        guard mounts <= Self.mountLimit else {
            throw .invalid(
                path: "config.json: mounts", reason: "\(mounts) entries, more than \(Self.mountLimit)")
        }
        spec = try Spec(raw)
    }

    /// The Sentry and its gofer take a descriptor for most of the mounts, and are allowed some thousands.
    package static let mountLimit = 1000

    /// The document's bytes.
    package func serialised() throws(SpecError) -> [UInt8] {
        do throws(JSONError) {
            return try raw.serialised()
        } catch {
            throw .json(document: "config.json", error)
        }
    }

    /// Changes the document by hand.
    ///
    /// - Throws: `SpecError.wrongType` if the view cannot be read any more; nothing is changed then.
    package mutating func edit(_ body: (inout JSONValue) -> Void) throws(SpecError) {
        var edited = raw
        body(&edited)
        self = try SpecDocument(raw: edited)
    }

    static func json(_ bytes: [UInt8], _ document: String) throws(SpecError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            throw .json(document: document, error)
        }
    }
}

// MARK: - The launcher's edits

extension SpecDocument {
    /// Makes everything that is relative to the bundle absolute: `root.path` and the sources of bind mounts.
    ///
    /// - Parameter bundle: The absolute path of the bundle directory.
    package mutating func makePathsAbsolute(bundle: String) {
        if var root = spec.root, !root.path.isEmpty {
            root.path = Self.absolute(root.path, in: bundle)
            raw[["root", "path"]] = .string(root.path)
            spec.root = root
        }
        guard var mounts = raw["mounts"]?.array else { return }
        for index in spec.mounts.indices where spec.mounts[index].isServedByGofer {
            let source = Self.absolute(spec.mounts[index].source, in: bundle)
            spec.mounts[index].source = source
            mounts[index]["source"] = .string(source)
        }
        raw["mounts"] = .array(mounts)
    }

    /// Writes the mount option "rro" as "ro".
    ///
    /// The Sentry sees one mount with all that is below it, so its "ro" is recursive, and "rro" it does not know.
    package mutating func replaceRecursiveReadOnly() throws(SpecError) {
        guard var mounts = raw["mounts"]?.array else { return }
        for (index, mount) in spec.mounts.enumerated() where mount.options.contains("rro") {
            mounts[index]["options"] = JSONValue(mount.options.map { $0 == "rro" ? "ro" : $0 })
        }
        try replaceMounts(.array(mounts))
    }

    /// Points `root.path` elsewhere.
    package mutating func setRootPath(_ path: String) {
        raw[["root", "path"]] = .string(path)
        if spec.root == nil {
            spec.root = Spec.Root(path: path, readonly: false)
        } else {
            spec.root?.path = path
        }
    }

    /// Gives a document without `linux.cgroupsPath` this one.
    package mutating func defaultCgroupsPath(_ path: String) throws(SpecError) {
        guard spec.linux?.cgroupsPath ?? "" == "" else { return }
        try edit { $0[["linux", "cgroupsPath"]] = .string(path) }
    }

    /// Sets the name of the host that the container sees.
    package mutating func setHostname(_ name: String) throws(SpecError) {
        try edit { $0["hostname"] = .string(name) }
    }

    /// Drops the pid namespace from a spec that wants to join that of a process.
    ///
    /// The process is a sandbox: inside it a container without the namespace is in that of the root container, while
    /// the path, which is one of the host, is known to nobody there.
    package mutating func sharePIDNamespace(of pid: Int32) throws(SpecError) {
        guard spec.linux?.namespace(.pid)?.path == "/proc/\(pid)/ns/pid" else { return }
        try edit { raw in
            raw[["linux", "namespaces"]] = .array(
                (raw[["linux", "namespaces"]]?.array ?? []).filter { $0["type"]?.string != "pid" })
        }
    }

    /// Adds a user namespace with these mappings, unless the document names one already.
    ///
    /// - Returns: Whether it was added.
    @discardableResult
    package mutating func addUserNamespace(
        uidMappings: [Spec.IDMapping], gidMappings: [Spec.IDMapping]
    ) throws(SpecError) -> Bool {
        guard spec.linux?.namespace(.user) == nil else { return false }
        try edit { raw in
            let namespaces = raw[["linux", "namespaces"]]?.array ?? []
            raw[["linux", "namespaces"]] = .array(namespaces + [["type": "user"]])
            raw[["linux", "uidMappings"]] = .array(uidMappings.map(\.json))
            raw[["linux", "gidMappings"]] = .array(gidMappings.map(\.json))
        }
        return true
    }

    /// Replaces all mounts, as with the list of resolved destinations that a gofer sends.
    ///
    /// - Parameter mounts: A JSON array of mounts.
    /// - Throws: `SpecError.wrongType` if it is anything else; the document is unchanged then.
    package mutating func replaceMounts(_ mounts: JSONValue) throws(SpecError) {
        try edit { $0["mounts"] = mounts }
    }

    /// Sets an annotation, or with nil removes it.
    package mutating func setAnnotation(_ key: String, _ value: String?) {
        raw[["annotations", key]] = value.map { .string($0) }
        spec.annotations[key] = value
    }

    /// Joins a relative path to the bundle and drops "." parts; ".." stays, for a link may precede it.
    static func absolute(_ path: String, in bundle: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        let parts = path.split(separator: "/").filter { $0 != "." }
        let base = bundle.hasSuffix("/") ? String(bundle.dropLast()) : bundle
        return parts.isEmpty ? bundle : base + "/" + parts.joined(separator: "/")
    }
}

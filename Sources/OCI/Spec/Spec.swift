/// The read-only, typed view of a config.json: what the shim itself looks at.
///
/// It is read from a `JSONValue`, once; edits go through `SpecDocument`, which keeps what this view
/// does not know. Field names and meanings are those of the OCI runtime specification 1.x. A string, list
/// or map that is absent is empty here; an object that is absent is nil.
package struct Spec: Sendable, Equatable {
    package var ociVersion: String
    package var process: Process?
    package var root: Root?
    package var hostname: String
    package var domainname: String
    package var mounts: [Mount]
    package var hooks: Hooks?
    package var annotations: [String: String]
    package var linux: Linux?

    /// The root file system of a container.
    package struct Root: Sendable, Equatable {
        package var path: String
        package var readonly: Bool

        /// A root file system.
        package init(path: String, readonly: Bool) {
            self.path = path
            self.readonly = readonly
        }
    }
}

extension Spec {
    /// Reads the view out of a document.
    ///
    /// - Parameters:
    ///   - value: The whole document.
    ///   - document: What errors call it.
    /// - Throws: `SpecError.wrongType`, naming the first field of a wrong kind.
    package init(_ value: JSONValue, document: String = "config.json") throws(SpecError) {
        let reader = try ObjectReader(value, document: document)
        ociVersion = try reader.string("ociVersion")
        process = try reader.object("process", Process.init(reading:))
        root = try reader.object("root", Root.init(reading:))
        hostname = try reader.string("hostname")
        domainname = try reader.string("domainname")
        mounts = try reader.objects("mounts", Mount.init(reading:))
        hooks = try reader.object("hooks", Hooks.init(reading:))
        annotations = try reader.stringMap("annotations")
        linux = try reader.object("linux", Linux.init(reading:))
    }
}

extension Spec.Root {
    init(reading reader: ObjectReader) throws(SpecError) {
        path = try reader.string("path")
        readonly = try reader.bool("readonly")
    }
}

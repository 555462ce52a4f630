internal import OCI
internal import Sys

/// Which containers share a shim: those of one pod.
package enum Grouping {
    /// The first of these annotations that a container has names its group.
    private static let keys = [
        Annotations.Key.group, Annotations.Key.sandboxID, Annotations.Key.crioSandboxID,
    ]

    /// The group of the container whose bundle this is; without an annotation it is a group of its own.
    ///
    /// A bundle without config.json is left to the create, which says so; containerd's sandboxes have none.
    package static func group(of id: String, bundle: String) throws -> String {
        let path = bundle + "/config.json"
        guard File.exists(path) else { return id }
        let bytes = try File.read(path, limit: JSONLimits.config.maximumBytes)
        let config = try parse(bytes, path)
        return keys.lazy.compactMap { config["annotations"]?[$0]?.string }.first { !$0.isEmpty } ?? id
    }

    private static func parse(_ bytes: [UInt8], _ path: String) throws(SpecError) -> JSONValue {
        do throws(JSONError) { return try JSONValue.parse(bytes) } catch {
            throw .json(document: path, error)
        }
    }
}

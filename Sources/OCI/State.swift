/// A container's state as hooks and `state` show it (OCI runtime specification, "State").
package struct State: Sendable, Equatable {
    package var ociVersion: String
    package var id: String
    package var status: Status
    /// The process id on the host; left out once there is no process.
    package var pid: Int32?
    package var bundle: String
    package var annotations: [String: String]?

    /// Where a container is in its life, in the words of the specification.
    package enum Status: String, Sendable, CaseIterable {
        case creating, created, running, stopped, paused
    }

    /// A state; a pid of zero and empty annotations are left out of the JSON, as Go's encoder does.
    package init(
        ociVersion: String, id: String, status: Status, pid: Int32, bundle: String,
        annotations: [String: String] = [:]
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid == 0 ? nil : pid
        self.bundle = bundle
        self.annotations = annotations.isEmpty ? nil : annotations
    }

    /// The state as the JSON that a hook reads from its standard input.
    package func serialised() throws(JSONError) -> [UInt8] {
        var value: JSONValue = [
            "ociVersion": .string(ociVersion), "id": .string(id), "status": .string(status.rawValue),
            "bundle": .string(bundle),
        ]
        value["pid"] = pid.map { JSONValue($0) }
        value["annotations"] = annotations.map { JSONValue($0) }
        return try value.serialised(sortedKeys: true)
    }
}

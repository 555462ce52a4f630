package import OCI

/// A cgroup as a state file has it, so that a stock `runsc delete` can remove what we made.
package enum CgroupRecord: Sendable, Equatable {
    /// The sandbox has no cgroup of its own.
    case none
    /// `name` is the path below each controller's hierarchy, or, if relative, below the parent there. Those of
    /// `own` were made for this sandbox and are to be removed with it.
    case v1(name: String, parents: [String: String], own: Set<String>)
    /// `own` are absolute paths of directories, outermost first.
    case v2(mountpoint: String, path: String, controllers: [String], own: [String])
    /// As version 2; systemd made it, as `scope` says.
    case systemd(mountpoint: String, path: String, controllers: [String], own: [String], scope: Scope)
    /// A form that is only handed on.
    case other(JSONValue)

    /// The three parts of a path of systemd's form.
    package struct Scope: Sendable, Equatable {
        /// The unit around the scope.
        package var slice: String
        /// What the scope's name begins with.
        package var prefix: String
        /// The container's name.
        package var name: String
    }

    /// Reads the form of the state file.
    ///
    /// What cannot be understood is handed on as it is.
    package init(json: JSONValue?) {
        self = .none
        guard let json, !json.isNull else { return }
        if json["cgroupunknown"] != nil { return }
        self = .other(json)
        if let v1 = json["cgroupv1"], let name = v1["name"]?.string {
            let own = v1["own"]?.object ?? [:]
            self = .v1(
                name: name, parents: (v1["parents"]?.object ?? [:]).compactMapValues(\.string),
                own: Set(own.filter { $0.value == true }.keys))
        } else if let v2 = json["cgroupv2"] ?? json["cgroupsystemd"],
            let mountpoint = v2["mountpoint"]?.string, let path = v2["path"]?.string
        {
            let controllers = (v2["controllers"]?.array ?? []).compactMap(\.string)
            let own = (v2["own"]?.array ?? []).compactMap(\.string)
            if let slice = v2["Parent"]?.string, let prefix = v2["ScopePrefix"]?.string,
                let name = v2["Name"]?.string
            {
                self = .systemd(
                    mountpoint: mountpoint, path: path, controllers: controllers, own: own,
                    scope: Scope(slice: slice, prefix: prefix, name: name))
            } else {
                self = .v2(mountpoint: mountpoint, path: path, controllers: controllers, own: own)
            }
        }
    }

    /// The form of the state file.
    package var json: JSONValue {
        switch self {
        case .none:
            ["cgroupunknown": nil]
        case .v1(let name, let parents, let own):
            [
                "cgroupv1": [
                    "name": .string(name), "parents": JSONValue(parents),
                    "own": .object(Dictionary(uniqueKeysWithValues: own.map { ($0, true) })),
                ]
            ]
        case .v2(let mountpoint, let path, let controllers, let own):
            [
                "cgroupv2": [
                    "mountpoint": .string(mountpoint), "path": .string(path),
                    "controllers": JSONValue(controllers), "own": JSONValue(own),
                ]
            ]
        case .systemd(let mountpoint, let path, let controllers, let own, let scope):
            [
                "cgroupsystemd": [
                    "mountpoint": .string(mountpoint), "path": .string(path),
                    "controllers": JSONValue(controllers), "own": JSONValue(own),
                    "Name": .string(scope.name), "Parent": .string(scope.slice),
                    "ScopePrefix": .string(scope.prefix),
                ]
            ]
        case .other(let json):
            json
        }
    }
}

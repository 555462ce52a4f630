package import OCI

/// The two forms of a state file; each stock release reads its own.
package enum StateFileForm: Sendable, Equatable, CaseIterable {
    case r22
    /// With pod, metrics, control socket and mount configurations; also what later releases read.
    case r24

    /// The form that a runsc of this contract reads and writes.
    package init(_ contract: Contract) { self = contract.hasGoferMountConfs ? .r24 : .r22 }
}

/// What a state file says about one container, so that the operator's `runsc list`, `ps`, `exec` and
/// `debug` find it.
///
/// Fields of the file that are not here (a newer release's, say) survive a load and save.
package struct ContainerRecord: Sendable, Equatable {
    /// The container's.
    package var id: String
    /// The spec as it was donated.
    package var spec: JSONValue
    /// The absolute path of the bundle's directory.
    package var bundle: String
    /// When the container was made, RFC 3339.
    package var createdAt: String
    /// The user who made it; stock takes it from the environment's USER.
    package var owner: String
    /// The last one that was written down; a process may have ended since.
    package var status: State.Status
    /// The gofer's process, 0 when it is gone.
    package var goferPID: Int32
    /// The sandbox that the container is in, the same in all of its containers.
    package var sandbox: SandboxRecord
    /// The cgroup of a subcontainer, made only for onlookers.
    package var compatCgroup: CgroupRecord
    /// How its mounts are served, root first; empty where the release knows no choice.
    package var goferMountConfs: [GoferMountConf]
    /// The file's content when it was read.
    private var read: JSONValue

    /// The record of a new container.
    package init(
        id: String, spec: JSONValue, bundle: String, createdAt: String, owner: String = "",
        status: State.Status, goferPID: Int32, sandbox: SandboxRecord, compatCgroup: CgroupRecord = .none,
        goferMountConfs: [GoferMountConf] = []
    ) {
        self.id = id
        self.spec = spec
        self.bundle = bundle
        self.createdAt = createdAt
        self.owner = owner
        self.status = status
        self.goferPID = goferPID
        self.sandbox = sandbox
        self.compatCgroup = compatCgroup
        self.goferMountConfs = goferMountConfs
        read = [:]
    }

    /// Reads a state file of either form.
    ///
    /// - Throws: `SpecError`, naming the file and the field.
    package init(parsing bytes: [UInt8], name: String) throws(SpecError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue.parse(bytes, limits: Self.limits)
        } catch {
            throw .json(document: name, error)
        }
        let reader = try ObjectReader(json, document: name)
        id = try reader.string("id")
        spec = reader.value("spec") ?? [:]
        bundle = try reader.string("bundleDir")
        createdAt = try reader.string("createdAt")
        owner = try reader.string("owner")
        guard let status = State.Status(rawValue: try reader.string("status")) else {
            throw reader.mismatch("status", expected: "a status")
        }
        self.status = status
        goferPID = try reader.integer("goferPid")
        // A destroyed sandbox is null.
        sandbox =
            try reader.object("sandbox", SandboxRecord.init(reading:))
            ?? SandboxRecord(id: "", pid: 0, uid: 0, gid: 0, startTime: "")
        compatCgroup = CgroupRecord(json: reader.value("compatCgroup"))
        goferMountConfs = (reader.value("goferMountConfs")?.array ?? []).compactMap(
            GoferMountConf.init(json:))
        read = json
    }

    /// The spec is in the file one level deeper than in its own; the rest as for a config.json.
    private static let limits = JSONLimits(maximumBytes: 17 << 20, maximumDepth: 68)

    /// The content of the state file.
    ///
    /// - Parameters:
    ///   - root: The directory of state files, which is repeated inside.
    ///   - form: The release's form; what a file of the other form has more, stays.
    /// - Returns: The JSON.
    package func json(root: String, form: StateFileForm) -> JSONValue {
        var json = read
        json["id"] = .string(id)
        json["spec"] = spec
        json["bundleDir"] = .string(bundle)
        json["createdAt"] = .string(createdAt)
        json["owner"] = .string(owner)
        json["status"] = .string(status.rawValue)
        json["goferPid"] = JSONValue(goferPID)
        json["compatCgroup"] = compatCgroup.json
        if json["consoleSocket"] == nil { json["consoleSocket"] = "" }
        json["saver"] = [
            "rootDir": .string(root), "id": ["sandboxId": .string(sandbox.id), "containerId": .string(id)],
        ]
        var sandboxJSON = json["sandbox"] ?? [:]
        sandbox.write(to: &sandboxJSON, form: form)
        json["sandbox"] = sandboxJSON
        if form == .r24 { json["goferMountConfs"] = .array(goferMountConfs.map(\.json)) }
        return json
    }
}

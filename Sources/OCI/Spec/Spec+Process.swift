extension Spec {
    /// One process of a container, as in `process` of a config.json or in an exec request.
    package struct Process: Sendable, Equatable {
        package var terminal: Bool
        package var consoleSize: ConsoleSize?
        package var user: User
        package var args: [String]
        package var env: [String]
        package var cwd: String
        package var capabilities: CapabilitySets?
        package var rlimits: [Rlimit]
        package var noNewPrivileges: Bool
        package var apparmorProfile: String
        package var oomScoreAdj: Int32?
        package var selinuxLabel: String
    }

    /// The size of a terminal in characters.
    package struct ConsoleSize: Sendable, Equatable {
        package var height: UInt16
        package var width: UInt16

        /// A terminal of this size.
        package init(height: UInt16, width: UInt16) {
            self.height = height
            self.width = width
        }
    }

    /// Whose rights a process has, by numbers of the container's user namespace.
    package struct User: Sendable, Equatable {
        package var uid: UInt32
        package var gid: UInt32
        package var umask: UInt32?
        package var additionalGids: [UInt32]

        /// A user by numbers.
        package init(uid: UInt32, gid: UInt32, umask: UInt32? = nil, additionalGids: [UInt32] = []) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }
    }

    /// The five capability sets by name; `Capability.mask(of:)` turns each into bits.
    package struct CapabilitySets: Sendable, Equatable {
        package var bounding: [String]
        package var effective: [String]
        package var inheritable: [String]
        package var permitted: [String]
        package var ambient: [String]
    }

    /// One resource limit, for example `RLIMIT_NOFILE`; `UInt64.max` is "no limit".
    package struct Rlimit: Sendable, Equatable {
        package var type: String
        package var hard: UInt64
        package var soft: UInt64

        /// A limit of this type.
        package init(type: String, hard: UInt64, soft: UInt64) {
            self.type = type
            self.hard = hard
            self.soft = soft
        }
    }
}

extension Spec.Process {
    /// Reads a process that comes alone, as the exec request's Any does.
    ///
    /// - Throws: `SpecError` that calls the document "process spec".
    package static func parse(_ bytes: [UInt8]) throws(SpecError) -> Spec.Process {
        try Spec.Process(
            reading: ObjectReader(SpecDocument.json(bytes, "process spec"), document: "process spec"))
    }

    init(reading reader: ObjectReader) throws(SpecError) {
        terminal = try reader.bool("terminal")
        consoleSize = try reader.object("consoleSize", Spec.ConsoleSize.init(reading:))
        user =
            try reader.object("user", Spec.User.init(reading:))
            ?? Spec.User(uid: 0, gid: 0, additionalGids: [])
        args = try reader.strings("args")
        env = try reader.strings("env")
        cwd = try reader.string("cwd")
        capabilities = try reader.object("capabilities", Spec.CapabilitySets.init(reading:))
        rlimits = try reader.objects("rlimits", Spec.Rlimit.init(reading:))
        noNewPrivileges = try reader.bool("noNewPrivileges")
        apparmorProfile = try reader.string("apparmorProfile")
        oomScoreAdj = try reader.optionalInteger("oomScoreAdj")
        selinuxLabel = try reader.string("selinuxLabel")
    }
}

extension Spec.ConsoleSize {
    init(reading reader: ObjectReader) throws(SpecError) {
        height = try reader.integer("height")
        width = try reader.integer("width")
    }
}

extension Spec.User {
    init(reading reader: ObjectReader) throws(SpecError) {
        uid = try reader.integer("uid")
        gid = try reader.integer("gid")
        umask = try reader.optionalInteger("umask")
        additionalGids = try reader.integers("additionalGids")
    }
}

extension Spec.CapabilitySets {
    init(reading reader: ObjectReader) throws(SpecError) {
        bounding = try reader.strings("bounding")
        effective = try reader.strings("effective")
        inheritable = try reader.strings("inheritable")
        permitted = try reader.strings("permitted")
        ambient = try reader.strings("ambient")
    }
}

extension Spec.Rlimit {
    init(reading reader: ObjectReader) throws(SpecError) {
        type = try reader.string("type")
        hard = try reader.integer("hard")
        soft = try reader.integer("soft")
    }
}

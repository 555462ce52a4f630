extension Spec {
    /// The part of a config.json that is about Linux.
    package struct Linux: Sendable, Equatable {
        package var uidMappings: [IDMapping]
        package var gidMappings: [IDMapping]
        package var sysctl: [String: String]
        package var resources: LinuxResources?
        package var cgroupsPath: String
        package var namespaces: [Namespace]
        package var devices: [Device]
        /// The seccomp profile, unread: gVisor has its own filters.
        package var seccomp: JSONValue?
        package var rootfsPropagation: String
        package var maskedPaths: [String]
        package var readonlyPaths: [String]
        package var mountLabel: String

        /// The namespace of a kind, if the document names it.
        package func namespace(_ kind: Namespace.Kind) -> Namespace? {
            namespaces.first { $0.type == kind.rawValue }
        }
    }

    /// A namespace to make, or, with a path, to join.
    package struct Namespace: Sendable, Equatable {
        /// The kinds by their names in the specification.
        package enum Kind: String, Sendable, CaseIterable {
            case pid, network, mount, ipc, uts, user, cgroup, time
        }

        package var type: String
        /// The file of an existing namespace; nil asks for a new one.
        package var path: String?
    }

    /// A device node that the container is to see.
    package struct Device: Sendable, Equatable {
        package var path: String
        package var type: String
        package var major: Int64
        package var minor: Int64
        package var fileMode: UInt32?
        package var uid: UInt32?
        package var gid: UInt32?
    }
}

extension Spec.Linux {
    init(reading reader: ObjectReader) throws(SpecError) {
        uidMappings = try reader.objects("uidMappings", Spec.IDMapping.init(reading:))
        gidMappings = try reader.objects("gidMappings", Spec.IDMapping.init(reading:))
        sysctl = try reader.stringMap("sysctl")
        resources = try reader.object("resources", Spec.LinuxResources.init(reading:))
        cgroupsPath = try reader.string("cgroupsPath")
        namespaces = try reader.objects("namespaces", Spec.Namespace.init(reading:))
        devices = try reader.objects("devices", Spec.Device.init(reading:))
        seccomp = reader.value("seccomp")
        rootfsPropagation = try reader.string("rootfsPropagation")
        maskedPaths = try reader.strings("maskedPaths")
        readonlyPaths = try reader.strings("readonlyPaths")
        mountLabel = try reader.string("mountLabel")
    }
}

extension Spec.Namespace {
    init(reading reader: ObjectReader) throws(SpecError) {
        type = try reader.string("type")
        path = try reader.optionalString("path")
    }
}

extension Spec.Device {
    init(reading reader: ObjectReader) throws(SpecError) {
        path = try reader.string("path")
        type = try reader.string("type")
        major = try reader.integer("major")
        minor = try reader.integer("minor")
        fileMode = try reader.optionalInteger("fileMode")
        uid = try reader.optionalInteger("uid")
        gid = try reader.optionalInteger("gid")
    }
}

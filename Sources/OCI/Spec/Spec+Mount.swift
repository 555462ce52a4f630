extension Spec {
    /// One mount of a container, in the order in which it is made.
    package struct Mount: Sendable, Equatable {
        package var destination: String
        package var type: String
        package var source: String
        package var options: [String]
        package var uidMappings: [IDMapping]
        package var gidMappings: [IDMapping]

        /// A mount without id mappings.
        package init(destination: String, type: String, source: String, options: [String] = []) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
            uidMappings = []
            gidMappings = []
        }

        /// Whether this is a bind mount: by its type, or by an option, in which case the type is a dummy
        /// (OCI runtime specification, "mounts").
        package var isBind: Bool { type == "bind" || options.contains { $0 == "bind" || $0 == "rbind" } }

        /// Whether a gofer serves this mount's files: a bind mount that has a source.
        package var isServedByGofer: Bool { isBind && !source.isEmpty }
    }

    /// A range of ids of a container and the range of the host that stands for it.
    package struct IDMapping: Sendable, Equatable, Hashable {
        package var containerID: UInt32
        package var hostID: UInt32
        package var size: UInt32

        /// A mapping of `size` ids.
        package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }

        /// The mapping as it stands in a config.json.
        package var json: JSONValue {
            ["containerID": JSONValue(containerID), "hostID": JSONValue(hostID), "size": JSONValue(size)]
        }
    }
}

extension Spec.Mount {
    init(reading reader: ObjectReader) throws(SpecError) {
        destination = try reader.string("destination")
        type = try reader.string("type")
        source = try reader.string("source")
        options = try reader.strings("options")
        uidMappings = try reader.objects("uidMappings", Spec.IDMapping.init(reading:))
        gidMappings = try reader.objects("gidMappings", Spec.IDMapping.init(reading:))
    }
}

extension Spec.IDMapping {
    init(reading reader: ObjectReader) throws(SpecError) {
        containerID = try reader.integer("containerID")
        hostID = try reader.integer("hostID")
        size = try reader.integer("size")
    }
}

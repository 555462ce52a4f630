extension Spec {
    /// Programs of the host that are run at points of a container's life, each list in order.
    package struct Hooks: Sendable, Equatable {
        package var prestart: [Hook]
        package var createRuntime: [Hook]
        package var createContainer: [Hook]
        package var startContainer: [Hook]
        package var poststart: [Hook]
        package var poststop: [Hook]
    }

    /// One program; the state of the container is its standard input.
    package struct Hook: Sendable, Equatable {
        package var path: String
        /// The whole argument vector, the program's name included.
        package var args: [String]
        /// The whole environment.
        package var env: [String]
        /// Seconds after which it is killed; nil waits for ever.
        package var timeout: Int64?

        /// A hook of these parts.
        package init(path: String, args: [String] = [], env: [String] = [], timeout: Int64? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }
    }
}

extension Spec.Hooks {
    init(reading reader: ObjectReader) throws(SpecError) {
        prestart = try reader.objects("prestart", Spec.Hook.init(reading:))
        createRuntime = try reader.objects("createRuntime", Spec.Hook.init(reading:))
        createContainer = try reader.objects("createContainer", Spec.Hook.init(reading:))
        startContainer = try reader.objects("startContainer", Spec.Hook.init(reading:))
        poststart = try reader.objects("poststart", Spec.Hook.init(reading:))
        poststop = try reader.objects("poststop", Spec.Hook.init(reading:))
    }
}

extension Spec.Hook {
    init(reading reader: ObjectReader) throws(SpecError) {
        path = try reader.string("path")
        args = try reader.strings("args")
        env = try reader.strings("env")
        timeout = try reader.optionalInteger("timeout")
    }
}

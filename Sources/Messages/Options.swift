import CProto

/// The runtime's options from containerd's configuration.
package struct RuntimeOptions: CMessage {
    package static let fullName = "runtimeoptions.v1.Options"
    static var cInit: CInit<Runtimeoptions__V1__Options> { runtimeoptions__v1__options__init }

    /// What the file or body holds, as in "io.containerd.runsc.v1.options".
    package var typeURL = ""
    /// A TOML file.
    package var configPath = ""
    /// TOML text, for when there is no `configPath`.
    package var configBody: [UInt8] = []

    package init() {}

    package init(typeURL: String = "", configPath: String = "", configBody: [UInt8] = []) {
        self.typeURL = typeURL
        self.configPath = configPath
        self.configBody = configBody
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Runtimeoptions__V1__Options) {
        codec.field(&typeURL, &c.type_url)
        codec.field(&configPath, &c.config_path)
        codec.field(&configBody, &c.config_body)
    }
}

/// runc's own options, which some clients pass to every runtime.
package struct RuncOptions: CMessage {
    package static let fullName = "containerd.runc.v1.Options"
    static var cInit: CInit<Containerd__Runc__V1__Options> { containerd__runc__v1__options__init }

    package var noPivotRoot = false
    package var noNewKeyring = false
    /// The cgroup for the shim itself.
    package var shimCgroup = ""
    package var ioUID: UInt32 = 0
    package var ioGID: UInt32 = 0
    /// The runtime's binary.
    package var binaryName = ""
    /// The directory for state files.
    package var root = ""
    package var criuPath = ""
    package var systemdCgroup = false
    package var criuImagePath = ""
    package var criuWorkPath = ""
    package var taskAPIAddress = ""
    package var taskAPIVersion: UInt32 = 0

    package init() {}

    package init(
        noPivotRoot: Bool = false, noNewKeyring: Bool = false, shimCgroup: String = "", ioUID: UInt32 = 0,
        ioGID: UInt32 = 0, binaryName: String = "", root: String = "", criuPath: String = "",
        systemdCgroup: Bool = false, criuImagePath: String = "", criuWorkPath: String = "",
        taskAPIAddress: String = "", taskAPIVersion: UInt32 = 0
    ) {
        self.noPivotRoot = noPivotRoot
        self.noNewKeyring = noNewKeyring
        self.shimCgroup = shimCgroup
        self.ioUID = ioUID
        self.ioGID = ioGID
        self.binaryName = binaryName
        self.root = root
        self.criuPath = criuPath
        self.systemdCgroup = systemdCgroup
        self.criuImagePath = criuImagePath
        self.criuWorkPath = criuWorkPath
        self.taskAPIAddress = taskAPIAddress
        self.taskAPIVersion = taskAPIVersion
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Runc__V1__Options) {
        codec.field(&noPivotRoot, &c.no_pivot_root)
        codec.field(&noNewKeyring, &c.no_new_keyring)
        codec.field(&shimCgroup, &c.shim_cgroup)
        codec.field(&ioUID, &c.io_uid)
        codec.field(&ioGID, &c.io_gid)
        codec.field(&binaryName, &c.binary_name)
        codec.field(&root, &c.root)
        codec.field(&criuPath, &c.criu_path)
        codec.field(&systemdCgroup, &c.systemd_cgroup)
        codec.field(&criuImagePath, &c.criu_image_path)
        codec.field(&criuWorkPath, &c.criu_work_path)
        codec.field(&taskAPIAddress, &c.task_api_address)
        codec.field(&taskAPIVersion, &c.task_api_version)
    }
}

/// The options of ``CheckpointTaskRequest``.
package struct RuncCheckpointOptions: CMessage {
    package static let fullName = "containerd.runc.v1.CheckpointOptions"
    static var cInit: CInit<Containerd__Runc__V1__CheckpointOptions> {
        containerd__runc__v1__checkpoint_options__init
    }

    /// Whether the container ends once it is saved.
    package var exit = false
    package var openTCP = false
    package var externalUnixSockets = false
    package var terminal = false
    package var fileLocks = false
    package var emptyNamespaces: [String] = []
    package var cgroupsMode = ""
    package var imagePath = ""
    package var workPath = ""
    package var parentPath = ""

    package init() {}

    package init(
        exit: Bool = false, openTCP: Bool = false, externalUnixSockets: Bool = false,
        terminal: Bool = false, fileLocks: Bool = false, emptyNamespaces: [String] = [],
        cgroupsMode: String = "", imagePath: String = "", workPath: String = "", parentPath: String = ""
    ) {
        self.exit = exit
        self.openTCP = openTCP
        self.externalUnixSockets = externalUnixSockets
        self.terminal = terminal
        self.fileLocks = fileLocks
        self.emptyNamespaces = emptyNamespaces
        self.cgroupsMode = cgroupsMode
        self.imagePath = imagePath
        self.workPath = workPath
        self.parentPath = parentPath
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Runc__V1__CheckpointOptions)
    {
        codec.field(&exit, &c.exit)
        codec.field(&openTCP, &c.open_tcp)
        codec.field(&externalUnixSockets, &c.external_unix_sockets)
        codec.field(&terminal, &c.terminal)
        codec.field(&fileLocks, &c.file_locks)
        codec.field(&emptyNamespaces, &c.n_empty_namespaces, &c.empty_namespaces)
        codec.field(&cgroupsMode, &c.cgroups_mode)
        codec.field(&imagePath, &c.image_path)
        codec.field(&workPath, &c.work_path)
        codec.field(&parentPath, &c.parent_path)
    }
}

/// Tells which exec process a pid in ``PidsResponse`` is.
package struct RuncProcessDetails: CMessage {
    package static let fullName = "containerd.runc.v1.ProcessDetails"
    static var cInit: CInit<Containerd__Runc__V1__ProcessDetails> {
        containerd__runc__v1__process_details__init
    }

    package var execID = ""

    package init() {}

    package init(execID: String = "") {
        self.execID = execID
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Containerd__Runc__V1__ProcessDetails) {
        codec.field(&execID, &c.exec_id)
    }
}

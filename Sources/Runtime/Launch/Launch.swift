import OCI
import Sys

/// What the processes of one new container have in common: everything is decided here, before any of them runs.
struct Launch: Sendable {
    let configuration: RuntimeConfiguration
    let contract: Contract
    let id: String
    let bundle: String
    /// The spec as the sandbox is to see it.
    let spec: SpecDocument
    let network: SandboxNetworkMode
    /// Root first, then the bind mounts in the spec's order.
    var mounts: [GoferMount]
    let overlay: OverlaySetting
    /// What the container's annotations say about its root.
    let rootfsHint: RootfsHint?
    /// What the root container's annotations say about the volumes of the sandbox.
    let hints: MountHints
    let globalFlags: [String]
    let isolation: Isolation
    /// Where the processes are counted and limited; none when the configuration ignores cgroups.
    var cgroup: (any Cgroup)?
    /// What the cgroup had counted when no process of the sandbox was in it.
    var oomKillsBefore: UInt64 = 0
    /// How the launcher builds the processes' roots; `nil` when they do it themselves.
    let direct: DirectRoot?
    private let specBytes: [UInt8]
    private let program: OwnedFD
    private let sentryProgram: OwnedFD
    let null: OwnedFD

    /// - Throws: `SpecError`, `RuntimeError`, or `SysError`; nothing is left behind.
    init(
        id: String, bundle: String, spec original: SpecDocument, configuration: RuntimeConfiguration,
        contract: Contract, network: SandboxNetworkMode, hints: MountHints
    ) throws {
        self.hints = hints
        self.configuration = configuration
        self.contract = contract
        self.id = id
        self.bundle = bundle
        self.network = network
        var spec = original
        spec.makePathsAbsolute(bundle: bundle)
        try spec.mountBelowReadOnlyVolumes { hints.hint(for: $0).map { $0.share == .shared } ?? true }
        try spec.replaceRecursiveReadOnly()
        try spec.mountProtectedPaths()
        try spec.leaveOutDefaultSeccomp()
        try spec.defaultCgroupsPath(
            configuration.cgroupManager(contract) == .systemd ? ":runsc:\(id)" : "/\(id)")
        // Before there was a choice for each mount, the Sentry knew a volume of its own by the type alone.
        if !contract.hasGoferMountConfs {
            try spec.mountInMemory(hints.sharedSources)
            spec.leaveOutSizesOfHints()
        }
        let directFS = contract.hasDirectFS && configuration.isOn("directfs", contract)
        if directFS && network != .host {
            // All that is mapped for us is mapped for the sandbox too: root there may open what we give it, and
            // has no power outside.
            try spec.addUserNamespace(
                uidMappings: Isolation.ownMapping("uid_map"), gidMappings: Isolation.ownMapping("gid_map"))
        }
        try Self.refuse(spec, configuration, contract)
        self.spec = spec
        overlay = try OverlaySetting(configuration.value("overlay2", contract), contract)
        // Before there was a choice for each mount, the Sentry made it alone.
        rootfsHint = try RootfsHint(spec.spec.annotations, contract)
        mounts = GoferMount.all(
            of: spec.spec, overlay: overlay,
            hints: contract.hasGoferMountConfs ? hints : try MountHints([:]), rootfs: rootfsHint)
        globalFlags = try configuration.globalFlags(for: contract, network: network)
        isolation = try Isolation.ofBoot(spec.spec, directFS: directFS, network: network)
        // What the launcher cannot resolve it leaves to the gofer, which then says why it cannot either.
        direct =
            Self.isDirect(contract, configuration, isolation, spec.spec) && rootfsHint?.kind != .erofs
            ? try? DirectRoot(spec, mounts: mounts, contract: contract) : nil
        specBytes = try (direct?.spec ?? spec).serialised()
        program = try File.open(configuration.binary, [])
        sentryProgram = try File.open(configuration.sentryBinary, [])
        null = try File.open("/dev/null", [.readWrite])
    }

    /// The first stage is done by the launcher only for releases whose contract it knows, where the processes stay root, be
    /// it of a user namespace, and where it has nothing in it that the launcher cannot do; nor does it make the places of
    /// mounts in a root that is an image.
    private static func isDirect(
        _ contract: Contract, _ configuration: RuntimeConfiguration, _ isolation: Isolation, _ spec: Spec
    ) -> Bool {
        configuration.launchPath == .automatic && [.r24, .head].contains(contract.release)
            && isolation != .nobody && !configuration.usesKVM(contract)
            && contract.boot("proc-mount-sync-fd") && contract.gofer("proc-mount-sync-fd")
            // The gofer of newer releases calls these hooks between its mounts, and maps owners.
            && !(contract.needsGoferRPCFD
                && (spec.hooks?.createContainer.isEmpty == false
                    || spec.mounts.contains { !$0.uidMappings.isEmpty }))
    }

    /// The limits of a sandbox: those of the pod where the annotations tell them, else the root container's.
    func sandboxResources() throws -> Spec.LinuxResources? {
        try Annotations(spec.spec.annotations).sandboxResources() ?? spec.spec.linux?.resources
    }

    /// Whether the sandbox's own limits have one of memory.
    var hasMemoryLimit: Bool { ((try? sandboxResources())?.memory?.limit ?? 0) > 0 }

    /// The value of `--gofer-mount-confs`, the same for both processes.
    var mountConfsFlag: String { "--gofer-mount-confs=" + mounts.map(\.conf.flagText).joined(separator: ",") }

    /// The spec in a file of its own, because each process reads it at its own offset.
    func specFile() throws(SysError) -> OwnedFD { try File.inMemory("config.json", specBytes) }

    /// The start of a child's plan: its name, the log, and the flags before the sub-command.
    ///
    /// - Parameter errors: becomes standard error. The container's own stdio is never that of a sandbox process.
    func plan(
        name: String, command: String, donations: inout Donations, arguments: [String]
    ) throws(SysError) -> SpawnPlan {
        var plan = SpawnPlan(
            program: command == "boot" ? sentryProgram : program,
            path: command == "boot" ? configuration.sentryBinary : configuration.binary,
            arguments: [name] + globalFlags + donations.globalFlags + [command] + arguments + donations.flags,
            descriptors: donations.descriptors)
        if command == "boot" { plan.environment = configuration.sentryEnvironment(contract) }
        // Of a program that executes itself again, the first stage at least.
        plan.registersMembarrier = true
        return plan
    }

    /// What the direct launch adds to a child's command line, and the pipe by which it has /proc taken away.
    func skipFirstStage(_ donations: inout Donations, _ arguments: inout [String]) throws(SysError) -> Pipe {
        let pipe = try Pipe()
        arguments += ["--setup-root=false", "--apply-caps=false"]
        donations.donate("proc-mount-sync-fd", pipe.write)
        return pipe
    }

    /// The descriptors of a child before any donation.
    func donations(errors: OwnedFD) -> Donations { Donations(stdio: [null, null, errors]) }

    /// Puts a child into the sandbox's cgroup, before it does anything else.
    ///
    /// To be called after its other steps are set.
    func enterCgroup(_ plan: inout SpawnPlan) throws { try cgroup?.placement().apply(to: &plan) }
}

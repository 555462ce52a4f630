import OCI
import Sys

/// A Sentry that is on its way.
struct LaunchedBoot: Sendable {
    let process: ChildProcess
    /// Carries one byte when the control server answers; ends without it when the Sentry could not start.
    let startSync: OwnedFD
    let control: ControlSocket
    let errors: Diagnostics
}

extension Launch {
    /// Starts the Sentry.
    ///
    /// - Parameters:
    ///   - gofer: the connections to it; it may start later.
    ///   - filestores: of the mounts, in their order.
    ///   - limits: what the sandbox's cgroup allows.
    func startBoot(
        gofer: GoferConnections, filestores: Filestores, stdio: GuestStdio, limits: SandboxLimits
    ) throws -> LaunchedBoot {
        let errors = try Diagnostics()
        let sync = try Pipe()
        let control = try ControlSocket(sandbox: id, root: configuration.root, contract: contract)
        do {
            var donations = donations(errors: errors.write)
            let logs = LogFiles(of: self, command: "boot")
            errors.goes(to: try logs.donateLogs(to: &donations))
            try logs.donateUserLog(to: &donations)
            try logs.donateProfiles(to: &donations)
            donations.donate("io-fds", gofer.ofSentry)
            if contract.hasGoferFilestoreFDs {
                donations.donate("gofer-filestore-fds", filestores.descriptors)
            } else if contract.needsOverlayFilestoreFD {
                donations.donate("overlay-filestore-fd", filestores.descriptors)
            }
            if direct == nil && needsGofer { donations.donate("mounts-fd", gofer.mounts) }
            donations.donate("start-sync-fd", sync.write)
            donations.donate("controller-fd", control.socket)
            donations.donate("spec-fd", try specFile())
            if let device = try configuration.platformDevice(contract) {
                donations.donate("device-fd", device)
            }
            donations.donate("stdio-fds", try stdio.forSandbox(self))
            var arguments = bootArguments(limits)
            let unmounter = direct == nil ? nil : try skipFirstStage(&donations, &arguments)
            if contract.needsOverlayFilestoreFD && filestores.descriptors.isEmpty {
                arguments.append("--overlay-filestore-fd=-1")
            }
            var plan = try plan(
                name: "runsc-sandbox", command: "boot", donations: &donations, arguments: arguments)
            plan.arguments.append(id)
            plan.steps = [.newSession, .limit(.lockedMemory, soft: .max, hard: .max)]
            if let slack = configuration.timerSlack { plan.steps.append(.timerSlack(microseconds: slack)) }
            if case .terminal(let slave) = stdio { plan.steps.append(.controllingTerminal(slave)) }
            try placeInNamespaces(&plan)
            isolation.apply(to: &plan, contract: contract)
            if let unmounter {
                plan.steps += DirectRoot.bootSteps(unmounter: unmounter.read)
                plan.steps += Privileges.steps(
                    try Privileges.boot(self), current: try isolation.capabilities())
            }
            try enterCgroup(&plan)
            let process = try plan.spawn()
            sync.write.close()
            errors.write.close()
            control.socket.close()
            return LaunchedBoot(process: process, startSync: sync.read, control: control, errors: errors)
        } catch {
            control.remove()
            throw error
        }
    }

    private func bootArguments(_ limits: SandboxLimits) -> [String] {
        var arguments = ["--bundle=\(bundle)"]
        if contract.hasGoferMountConfs {
            arguments.append(mountConfsFlag)
        }
        if direct == nil {
            arguments.append("--setup-root")
            if isolation != .nobody { arguments.append("--apply-caps=true") }
        } else {
            arguments += hostFacts()
        }
        if contract.hasPIDNamespaceFlag && !usesCurrentPIDNamespace { arguments.append("--pidns=true") }
        if contract.boot("dev-io-fd") { arguments.append("--dev-io-fd=-1") }
        if let cpus = limits.cpus, contract.boot("cpu-num") { arguments.append("--cpu-num=\(cpus)") }
        if let quota = limits.quota, contract.boot("cpu-quota"), contract.boot("cpu-period") {
            arguments += ["--cpu-quota=\(quota.quota)", "--cpu-period=\(quota.period)"]
        }
        if contract.boot("total-host-memory") { arguments.append("--total-host-memory=\(limits.hostMemory)") }
        if contract.boot("total-memory") { arguments.append("--total-memory=\(limits.memory)") }
        return arguments
    }

    /// What the first stage reads of /sys for the second, which no longer sees it.
    private func hostFacts() -> [String] {
        var arguments: [String] = []
        if contract.boot("product-name"),
            let name = try? File.readText("/sys/devices/virtual/dmi/id/product_name").prefix(while: {
                $0 != "\n"
            }),
            !name.isEmpty
        {
            arguments.append("--product-name=\(name)")
        }
        guard configuration.isOn("app-huge-pages", contract) else { return arguments }
        for (flag, file) in [
            ("host-shmem-huge", "shmem_enabled"), ("host-thp-shmem-enabled", "shmem_enabled"),
            ("host-thp-defrag", "defrag"),
        ] where contract.boot(flag) {
            guard let choices = try? File.readText("/sys/kernel/mm/transparent_hugepage/\(file)"),
                let chosen = choices.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("[") })
            else { continue }
            arguments.append("--\(flag)=\(chosen.dropFirst().dropLast())")
        }
        return arguments
    }

    /// The platforms that trace their stub processes do it from the launcher's pid namespace, up to the releases
    /// that always make a new one.
    private var usesCurrentPIDNamespace: Bool {
        contract.hasPIDNamespaceFlag
            && ["ptrace", "systrap"].contains(configuration.value("platform", contract))
    }

    private func placeInNamespaces(_ plan: inout SpawnPlan) throws {
        plan.namespaces = [.mount, .uts, .ipc]
        if !usesCurrentPIDNamespace { plan.namespaces.insert(.pid) }
        switch network {
        case .host: break
        case .loopback: plan.namespaces.insert(.network)
        case .joined(let path):
            // Joined before the clone: it belongs to the host's user namespace, where the child has no say.
            plan.joinBeforeClone = [(path, try File.open(path, []))]
        }
    }
}

/// What the sandbox is told of the machine.
struct SandboxLimits: Sendable, Equatable {
    /// Processors that the container may use; `nil` for all of them.
    var cpus: Int?
    /// What the container sees of its own limit.
    var quota: CPUQuota?
    /// Bytes.
    var hostMemory: UInt64
    var memory: UInt64

    init(_ launch: Launch) throws {
        cpus = launch.cgroup?.cpuCount(
            fromQuota: launch.configuration.isOn("cpu-num-from-quota", launch.contract))
        quota = launch.cgroup?.cpuQuota()
        let line = try File.readText("/proc/meminfo").split(separator: "\n").first {
            $0.hasPrefix("MemTotal:")
        }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) }) else {
            throw RuntimeError(.failed, "/proc/meminfo: expected a line MemTotal")
        }
        hostMemory = kilobytes * 1024
        memory = min(hostMemory, launch.cgroup?.memoryLimit() ?? .max)
    }
}

extension GuestStdio {
    /// The descriptors of stdin, stdout and stderr, given to the user that the sandbox runs as; one that runs as root
    /// leaves them to whom the configuration names.
    func forSandbox(_ launch: Launch) throws(SysError) -> [OwnedFD] {
        let list: [OwnedFD] =
            switch self {
            case .files(let input, let output, let error): [input, output, error]
            case .terminal(let slave): [slave, slave, slave]
            }
        var (uid, gid) = launch.isolation.ids
        if uid == 0 { (uid, gid) = (launch.configuration.ioUID, launch.configuration.ioGID) }
        guard uid != 0 || gid != 0 else { return list }
        for descriptor in list {
            do throws(SysError) {
                try File.changeOwner(descriptor, uid: uid, gid: gid)
            } catch  where [.invalid, .notPermitted, .readOnly].contains(error.code) {
                // Some files have no owner to change; the open descriptor works all the same.
            }
        }
        return list
    }
}

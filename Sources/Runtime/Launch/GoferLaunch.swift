import OCI
import Sys

/// What joins a gofer with its Sentry, made before either of them.
struct GoferConnections: Sendable {
    /// One for each of the launch's mounts that are served, in their order: the Sentry's end first.
    fileprivate let pairs: [SocketPair]
    fileprivate let mountsPipe: Pipe
    /// The container's root where it is an image, which needs no gofer.
    fileprivate let image: OwnedFD?

    /// The Sentry's ends, and the image before them.
    var ofSentry: [OwnedFD] { (image.map { [$0] } ?? []) + pairs.map(\.first) }
    /// Where the gofer writes the mounts with their resolved destinations: a JSON array.
    var mounts: OwnedFD { mountsPipe.read }
}

/// A gofer that is on its way.
struct LaunchedGofer: Sendable {
    let process: ChildProcess
    let errors: Diagnostics
}

extension Launch {
    /// Connections for all mounts that the gofer is to serve.
    func goferConnections() throws -> GoferConnections {
        var pairs: [SocketPair] = []
        for mount in mounts where mount.isServed { pairs.append(try SocketPair()) }
        return GoferConnections(
            pairs: pairs, mountsPipe: try Pipe(), image: try rootfsHint?.openImage())
    }

    /// Whether any of the container's files are served.
    var needsGofer: Bool { mounts.contains(where: \.isServed) }

    /// Starts the process that serves the container's files; `nil` where there are none.
    func startGofer(_ connections: GoferConnections) throws -> LaunchedGofer? {
        guard needsGofer else { return nil }
        let errors = try Diagnostics()
        var donations = donations(errors: errors.write)
        let logs = LogFiles(of: self, command: "gofer")
        errors.goes(to: try logs.donateLogs(to: &donations))
        try logs.donateProfiles(to: &donations)
        donations.donate("spec-fd", try specFile())
        // With the direct launch nobody has to be told where the mounts are.
        donations.donate("mounts-fd", direct == nil ? connections.mountsPipe.write : null)
        let requests = contract.needsGoferRPCFD ? try SocketPair() : nil
        if let requests { donations.donate("rpc-fd", requests.second) }
        donations.donate("io-fds", connections.pairs.map(\.second))
        var arguments = ["--bundle=\(bundle)"]
        if contract.hasGoferMountConfs {
            arguments.append(mountConfsFlag)
        }
        let unmounter = direct == nil ? nil : try skipFirstStage(&donations, &arguments)
        var plan = try plan(
            name: "runsc-gofer", command: "gofer", donations: &donations, arguments: arguments)
        if contract.goferTakesContainerID { plan.arguments.append(id) }
        plan.steps = [.newSession]
        plan.namespaces = [.mount, .uts, .ipc, .pid, .network]
        let isolation = try Isolation.ofSpec(spec.spec)
        isolation.apply(to: &plan, contract: contract)
        if let direct, let unmounter {
            plan.steps += direct.goferSteps(unmounter: unmounter.read)
            plan.steps += Privileges.steps(Privileges.gofer(self), current: try isolation.capabilities())
        }
        try enterCgroup(&plan)
        let process = try plan.spawn()
        // The gofer's ends are closed here: a copy of the mounts pipe would keep the Sentry waiting for its end.
        for pair in connections.pairs { pair.second.close() }
        if let requests {
            requests.second.close()
            let server = GoferRequests(socket: requests.first, sources: Set(mounts.map(\.source)))
            Task { await server.serve() }
        }
        connections.mountsPipe.write.close()
        errors.write.close()
        return LaunchedGofer(process: process, errors: errors)
    }
}

import OCI
import Sys

/// A gofer that is on its way, with the other ends of what it was given.
struct LaunchedGofer: Sendable {
    let process: ChildProcess
    /// The Sentry's ends, in the order of the launch's mounts that are served.
    let sockets: [OwnedFD]
    /// Where the gofer writes the mounts with their resolved destinations: a JSON array.
    let mounts: OwnedFD
    let errors: Diagnostics
}

extension Launch {
    /// Starts the process that serves the container's files.
    func startGofer() throws -> LaunchedGofer {
        let errors = try Diagnostics()
        let mountsPipe = try Pipe()
        let pairs = try mounts.filter(\.isServed).map { _ in try SocketPair() }
        var donations = donations(errors: errors.write)
        donations.donate("spec-fd", try specFile())
        // With the direct launch nobody has to be told where the mounts are.
        donations.donate("mounts-fd", direct == nil ? mountsPipe.write : null)
        let requests = contract.needsGoferRPCFD ? try SocketPair() : nil
        if let requests { donations.donate("rpc-fd", requests.second) }
        donations.donate("io-fds", pairs.map(\.second))
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
            plan.steps += Privileges.steps(Privileges.gofer, current: try isolation.capabilities())
        }
        try enterCgroup(&plan)
        let process = try plan.spawn()
        // The gofer's ends are closed here: a copy of the mounts pipe would keep the Sentry waiting for its end.
        for pair in pairs { pair.second.close() }
        if let requests {
            requests.second.close()
            let server = GoferRequests(socket: requests.first, sources: Set(mounts.map(\.source)))
            Task { await server.serve() }
        }
        mountsPipe.write.close()
        errors.write.close()
        return LaunchedGofer(
            process: process, sockets: pairs.map(\.first), mounts: mountsPipe.read, errors: errors)
    }
}

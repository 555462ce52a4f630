import OCI
import Sys

extension RunscContainer {
    /// Gives the Sentry its network, before the first process runs.
    ///
    /// A namespace of the sandbox's own is empty, unless a hook has put interfaces into it: then it is taken over as one
    /// that was joined.
    ///
    /// - Returns: the address that the host can reach it at, if any.
    func configureNetwork() async throws -> IPAddress? {
        switch launch.network {
        case .host:
            return nil
        case .loopback where !hasNetworkHooks:
            try await send(.none(try settings()))
            return nil
        case .loopback, .joined:
            let namespace = try File.open("/proc/\(sandbox.boot.pid)/ns/net", [])
            let journal = NetworkJournal.path(root: launch.configuration.root, sandbox: id)
            let network = try await SandboxNetwork.prepare(
                namespace: namespace, settings: try settings(), journal: journal)
            do {
                try await send(network)
            } catch {
                try await SandboxNetwork.giveBack(namespace: namespace, journal: journal)
                throw error
            }
            // One of the sandbox's own goes with it.
            if launch.network == .loopback { try NetworkJournal.remove(journal) }
            let addresses = network.arguments.links.flatMap(\.addresses).map(\.address)
            return addresses.first { !$0.isV6 } ?? addresses.first { !$0.isLinkLocalV6 }
        }
    }

    private func send(_ network: SandboxNetwork) async throws {
        let form = NetworkArguments.Form(launch.contract)
        let json = network.arguments.json(form, restoring: checkpoint != nil)
        try await describing("configure the network") {
            try await sandbox.sentry.setNetwork(form.method, json, network.descriptors)
        }
    }

    private func settings() throws -> NetworkSettings {
        var settings = try NetworkSettings(flags: launch.configuration.flags)
        // It would be set in the Sentry's own stack, which has the addresses by then.
        settings.disablesIPv6 =
            launch.spec.spec.linux?.sysctl["net.ipv6.conf.all.disable_ipv6"].map { $0 != "0" } ?? false
        return settings
    }

    private var hasNetworkHooks: Bool {
        guard let hooks = launch.spec.spec.hooks else { return false }
        return !hooks.prestart.isEmpty || !hooks.createRuntime.isEmpty
    }
}

extension Sandbox {
    /// Gives a namespace that was joined its addresses back, once the Sentry is gone.
    ///
    /// Whoever takes the pod's network down (CNI) finds by them what else there is to remove, as the rules of a masquerade.
    func giveNetworkBack(warn: @Sendable (String) -> Void) async {
        defer { networkReturned.report(()) }
        guard case .joined(let namespace) = launch.network else { return }
        do {
            try await SandboxNetwork.giveBack(
                to: namespace, journal: NetworkJournal.path(root: launch.configuration.root, sandbox: id))
        } catch {
            warn("network of sandbox \(id): \(error)")
        }
    }
}

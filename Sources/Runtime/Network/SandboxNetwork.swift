package import Sys

/// The network of a sandbox, taken over from a namespace and ready to be handed to the Sentry.
package struct SandboxNetwork: Sendable {
    /// What the Sentry is told.
    package let arguments: NetworkArguments
    /// What comes with the call, in the order that `NetworkArguments.descriptorCount` gives.
    package let descriptors: [OwnedFD]

    /// The Sentry takes no more descriptors with one call.
    package static let maximumDescriptors = 128

    /// A sandbox without a network.
    package static func none(_ settings: NetworkSettings = NetworkSettings()) -> SandboxNetwork {
        SandboxNetwork(arguments: .loopback(settings), descriptors: [])
    }

    /// Takes a namespace's configuration over: reads it, writes it down, opens packet sockets, and takes the
    /// addresses from the host's stack, so that it no longer answers.
    ///
    /// When it fails half-way, the namespace gets everything back. After success the caller calls `giveBack` when the
    /// Sentry is gone, or never gets the network.
    /// A journal that an earlier attempt left for the same namespace is played back first.
    ///
    /// - Parameters:
    ///   - namespace: The open network namespace; this process never enters it.
    ///   - settings: How the sandbox's stack is to be set up.
    ///   - journal: Path of a file for as long as the namespace does not have its addresses.
    /// - Returns: What the Sentry is to be called with.
    /// - Throws: `RuntimeError`; `.invalid` for the host's own namespace.
    package static func prepare(
        namespace: OwnedFD, settings: NetworkSettings, journal: String
    ) async throws -> SandboxNetwork {
        try await onOwnThread("network") {
            do {
                return try takeOver(namespace, settings, journal)
            } catch let error as SysError {
                throw RuntimeError(.failed, "set up the sandbox's network", cause: error)
            }
        }
    }

    /// Plays a journal back into its namespace and removes it; without a journal does nothing.
    ///
    /// A journal of another namespace is only removed: its own is gone.
    ///
    /// - Throws: `RuntimeError`; the journal stays when a part could not be restored.
    package static func giveBack(namespace: OwnedFD, journal path: String) async throws {
        try await onOwnThread("network") {
            do {
                guard let journal = try NetworkJournal.read(path) else { return }
                if try NetworkNamespace.identity(of: namespace) == journal.namespace {
                    try journal.restore(RouteSocket(in: namespace))
                }
                try NetworkJournal.remove(path)
            } catch let error as SysError {
                throw RuntimeError(.failed, "restore the network of the namespace", cause: error)
            }
        }
    }

    /// Plays a journal back into the namespace at a path; for one that is gone there is nothing to do.
    static func giveBack(to path: String, journal: String) async throws {
        // Its shim may have been killed while it wrote one; nothing was taken then.
        guard File.exists(journal) else { return try NetworkJournal.remove(journal) }
        let namespace: OwnedFD
        do throws(SysError) {
            namespace = try NetworkNamespace.open(path)
        } catch {
            guard error.code == .noEntry else { throw error }
            return try NetworkJournal.remove(journal)
        }
        try await giveBack(namespace: namespace, journal: journal)
    }

    private static func takeOver(
        _ namespace: OwnedFD, _ settings: NetworkSettings, _ path: String
    ) throws -> SandboxNetwork {
        guard settings.channels >= 1 else {
            throw RuntimeError(.invalid, "num-network-channels: expected 1 or more, not \(settings.channels)")
        }
        guard try !NetworkNamespace.isHosts(namespace) else {
            throw RuntimeError(
                .invalid, "the sandbox's network namespace is the host's: its addresses are not to be taken")
        }
        let socket = try RouteSocket(in: namespace)
        let identity = try NetworkNamespace.identity(of: namespace)
        if let left = try NetworkJournal.read(path), left.namespace == identity { try left.restore(socket) }
        var scrape = try NetworkScrape(NamespaceContents(reading: socket), settings)
        try check(scrape.arguments)
        guard !scrape.interfaces.isEmpty else {
            try NetworkJournal.remove(path)
            return SandboxNetwork(arguments: scrape.arguments, descriptors: [])
        }
        let journal = NetworkJournal(
            namespace: identity, addresses: scrape.addresses, routes: scrape.routes,
            neighbours: scrape.neighbours)
        return try keeping(journal, path, socket) {
            let descriptors = try openDescriptors(namespace, &scrape)
            try removeAddresses(scrape.addresses, socket)
            return SandboxNetwork(arguments: scrape.arguments, descriptors: descriptors)
        }
    }

    /// Runs `body` with the journal written, and plays it back when `body` fails.
    ///
    /// A journal that could not be played back stays in its file, for `giveBack`.
    static func keeping<Result>(
        _ journal: NetworkJournal, _ path: String, _ socket: RouteSocket, _ body: () throws -> Result
    ) throws -> Result {
        try journal.write(path)
        do {
            return try body()
        } catch {
            do {
                try journal.restore(socket)
                try NetworkJournal.remove(path)
            } catch let second {
                throw RuntimeError(
                    .failed, "restore the network from \(path) (\(second)) after a failure", cause: error)
            }
            throw error
        }
    }

    private static func check(_ arguments: NetworkArguments) throws(RuntimeError) {
        if arguments.settings.packetLog != nil, arguments.links.count > 1 {
            // The Sentry would take the second interface's socket for the log.
            throw RuntimeError(
                .unsupported, "pcap-log with \(arguments.links.count) interfaces: runsc can log only one")
        }
        guard arguments.descriptorCount <= maximumDescriptors else {
            throw RuntimeError(
                .unsupported,
                "\(arguments.links.count) interfaces with \(arguments.settings.channels) channels each: "
                    + "runsc takes at most \(maximumDescriptors) descriptors")
        }
    }

    private static func openDescriptors(
        _ namespace: OwnedFD, _ scrape: inout NetworkScrape
    ) throws(SysError) -> [OwnedFD] {
        var descriptors: [OwnedFD] = []
        let settings = scrape.arguments.settings
        for (index, interface) in scrape.interfaces.enumerated() {
            for _ in 0..<settings.channels {
                // The Sentry itself joins the channels of a link to a fan-out group.
                let (socket, offloads) = try PacketSocket.open(
                    in: namespace, interface: interface, offload: settings.hostSegmentationOffload)
                descriptors.append(socket)
                if offloads { scrape.setOffload(interface.maximumOffload, ofLink: index) }
            }
        }
        if let log = settings.packetLog {
            descriptors.append(try File.open(log, [.writeOnly, .create, .truncate], mode: 0o664))
        }
        return descriptors
    }

    /// Removes the addresses, the last first: what is left half-way is the beginning of the list, so that adding
    /// the rest in order makes it what it was.
    private static func removeAddresses(
        _ addresses: [NetworkAddress], _ socket: RouteSocket
    ) throws(SysError) {
        for address in addresses.reversed() { try socket.remove(address) }
    }
}

package import Sys

/// The configuration of a network namespace at one moment.
package struct NamespaceContents: Sendable {
    /// The interfaces.
    package var links: [NetworkLink] = []
    /// The addresses of all interfaces.
    package var addresses: [NetworkAddress] = []
    /// The routes of all tables.
    package var routes: [NetworkRoute] = []
    /// What is known of the hosts on the links.
    package var neighbours: [NetworkNeighbour] = []

    /// An empty namespace.
    package init() {}

    /// Reads the namespace of a socket; changes nothing.
    package init(reading socket: RouteSocket) throws(SysError) {
        links = try socket.links()
        addresses = try socket.addresses()
        routes = try socket.routes()
        neighbours = try socket.neighbours()
    }
}

/// What of a namespace's configuration moves into a sandbox: a pure function of the two.
package struct NetworkScrape: Sendable {
    /// For the Sentry; what only the packet sockets tell is still missing.
    package private(set) var arguments: NetworkArguments
    /// The interfaces that need packet sockets, in the order of `arguments.links`.
    package private(set) var interfaces: [NetworkLink] = []
    /// The addresses that the host's stack must give up, in the order in which it got them.
    package private(set) var addresses: [NetworkAddress] = []
    /// The routes that the kernel may drop together with the addresses and will not make again by itself.
    package private(set) var routes: [NetworkRoute] = []
    /// The neighbours that it forgets with the last address.
    package private(set) var neighbours: [NetworkNeighbour] = []

    /// Metrics of the default routes that were chosen so far: an interface with a lower one wins.
    private var defaultMetrics: [Bool: UInt32] = [:]

    /// Derives the sandbox's configuration.
    ///
    /// Interfaces that are down or have no address are left out. A namespace without a usable loopback
    /// interface gets the standard one, since few programs run without. Of several default routes of a family
    /// the one with the lowest metric counts. Addresses that the sandbox is not to have stay with the host's stack.
    ///
    /// - Throws: `RuntimeError` for a configuration that the Sentry cannot have.
    package init(_ contents: NamespaceContents, _ settings: NetworkSettings) throws(RuntimeError) {
        arguments = NetworkArguments(loopbacks: [], settings: settings)
        for link in contents.links where link.isUp {
            let addresses = contents.addresses.filter {
                $0.interface == link.index && !(settings.disablesIPv6 && $0.prefix.address.isV6)
            }
            if link.isLoopback {
                if addresses.isEmpty { continue }
                arguments.loopbacks.append(.init(name: link.name, addresses: addresses.map(\.prefix)))
                continue
            }
            let moving = addresses.filter {
                settings.movesLinkLocalAddresses || !$0.prefix.address.isLinkLocalV6
            }
            if !moving.isEmpty { try add(link, moving, contents) }
        }
        if arguments.loopbacks.isEmpty { arguments.loopbacks = [.standard] }
        if arguments.links.isEmpty { arguments.settings.packetLog = nil }
    }

    private mutating func add(
        _ link: NetworkLink, _ moving: [NetworkAddress], _ contents: NamespaceContents
    ) throws(RuntimeError) {
        var routes: [NetworkArguments.Route] = []
        for route in contents.routes where !route.isClone && route.table != NetworkRoute.localTable {
            if arguments.settings.disablesIPv6 && route.destination.address.isV6 { continue }
            guard let hop = route.hops.first(where: { $0.interface == link.index }) else { continue }
            if !route.isKernels, !self.routes.contains(route) { self.routes.append(route) }
            guard route.table == NetworkRoute.mainTable, route.isUnicast else { continue }
            if route.crossesFamilies || hop.gateway.map({ $0.isV6 != route.destination.address.isV6 }) == true
            {
                throw RuntimeError(
                    .unsupported,
                    "route to \(route.destination) on \(link.name): its gateway is of another address family")
            }
            let converted = NetworkArguments.Route(
                route.destination.network, gateway: hop.gateway, mtu: route.mtu)
            if route.destination.length == 0 {
                setDefault(converted, link.name, metric: route.metric)
            } else {
                routes.append(converted)
            }
        }
        let neighbours = contents.neighbours.filter {
            $0.interface == link.index && $0.isPermanent && !$0.hardwareAddress.isEmpty
        }
        interfaces.append(link)
        self.neighbours += neighbours
        addresses += moving
        arguments.links.append(
            NetworkArguments.PacketLink(
                name: link.name, mtu: link.mtu, addresses: moving.map(\.prefix), routes: routes,
                neighbours: neighbours.map { .init($0.address, hardwareAddress: $0.hardwareAddress) },
                hardwareAddress: link.hardwareAddress))
    }

    private mutating func setDefault(_ route: NetworkArguments.Route, _ interface: String, metric: UInt32) {
        let v6 = route.destination.address.isV6
        if let known = defaultMetrics[v6], known <= metric { return }
        defaultMetrics[v6] = metric
        let chosen = NetworkArguments.DefaultRoute(route, interface: interface)
        if v6 { arguments.defaultRouteV6 = chosen } else { arguments.defaultRouteV4 = chosen }
    }

    /// Notes up to which size an interface takes unsegmented packets.
    mutating func setOffload(_ size: UInt32, ofLink index: Int) {
        arguments.links[index].maximumOffload = size
    }
}

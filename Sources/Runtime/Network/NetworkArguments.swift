package import Sys

/// What the Sentry is told about its network: the argument of the call that sets it up.
package struct NetworkArguments: Sendable, Equatable {
    /// A route; without a gateway, the destination is on the link.
    package struct Route: Sendable, Equatable {
        /// The network that it leads to.
        package var destination: IPPrefix
        /// Who passes packets on; nil where the destination is on the link.
        package var gateway: IPAddress?
        /// Zero for the interface's.
        package var mtu: UInt32 = 0

        /// A route to a network.
        package init(_ destination: IPPrefix, gateway: IPAddress? = nil, mtu: UInt32 = 0) {
            self.destination = destination
            self.gateway = gateway
            self.mtu = mtu
        }
    }

    /// The default route of one family, and the interface that it leaves by.
    package struct DefaultRoute: Sendable, Equatable {
        /// To everywhere.
        package var route: Route
        /// The name of the interface inside.
        package var interface: String

        /// A default route by an interface.
        package init(_ route: Route, interface: String) {
            self.route = route
            self.interface = interface
        }
    }

    /// An address on the link whose hardware address is known.
    package struct Neighbour: Sendable, Equatable {
        /// Its address.
        package var address: IPAddress
        /// Its hardware address, six bytes.
        package var hardwareAddress: [UInt8]

        /// A neighbour.
        package init(_ address: IPAddress, hardwareAddress: [UInt8]) {
            self.address = address
            self.hardwareAddress = hardwareAddress
        }
    }

    /// A loopback interface of the Sentry's own.
    package struct LoopbackLink: Sendable, Equatable {
        /// The name inside.
        package var name: String
        /// Those that it has, each with the length of its network's prefix.
        package var addresses: [IPPrefix]

        /// An interface of these addresses.
        package init(name: String, addresses: [IPPrefix]) {
            self.name = name
            self.addresses = addresses
        }

        /// The networks of the addresses, each once.
        package var routes: [Route] {
            var networks: [IPPrefix] = []
            for network in addresses.map(\.network) where !networks.contains(network) {
                networks.append(network)
            }
            return networks.map { Route($0) }
        }

        /// The one of a sandbox without a network.
        package static let standard = LoopbackLink(
            name: "lo",
            addresses: [
                IPPrefix(.loopback(v6: false), length: 8), IPPrefix(.loopback(v6: true), length: 128),
            ])
    }

    /// An interface of the host that the Sentry reaches by packet sockets.
    package struct PacketLink: Sendable, Equatable {
        /// The name, the same inside as on the host.
        package var name: String
        /// The greatest packet in bytes.
        package var mtu: UInt32
        /// Those that it has, each with the length of its network's prefix.
        package var addresses: [IPPrefix]
        /// The routes that leave by it, but for default ones.
        package var routes: [Route]
        /// Those whose hardware addresses the host has learnt or was told.
        package var neighbours: [Neighbour]
        /// Its address on the wire, six bytes for Ethernet.
        package var hardwareAddress: [UInt8]
        /// The size up to which the host takes unsegmented packets; zero if it takes none.
        package var maximumOffload: UInt32 = 0

        /// An interface of these properties.
        package init(
            name: String, mtu: UInt32, addresses: [IPPrefix], routes: [Route], neighbours: [Neighbour],
            hardwareAddress: [UInt8]
        ) {
            self.name = name
            self.mtu = mtu
            self.addresses = addresses
            self.routes = routes
            self.neighbours = neighbours
            self.hardwareAddress = hardwareAddress
        }
    }

    /// The loopback interfaces.
    package var loopbacks: [LoopbackLink]
    /// The interfaces that were the host's.
    package var links: [PacketLink] = []
    /// The default route of IPv4, if there is one.
    package var defaultRouteV4: DefaultRoute?
    /// The default route of IPv6, if there is one.
    package var defaultRouteV6: DefaultRoute?
    /// How the stack works beyond that.
    package var settings: NetworkSettings

    /// A network that reaches nothing outside yet.
    package init(loopbacks: [LoopbackLink], settings: NetworkSettings) {
        self.loopbacks = loopbacks
        self.settings = settings
    }

    /// A sandbox without a network: nothing but its loopback interface.
    package static func loopback(_ settings: NetworkSettings = NetworkSettings()) -> NetworkArguments {
        var settings = settings
        // Without an interface there is nothing to log, and no file comes with the call.
        settings.packetLog = nil
        return NetworkArguments(loopbacks: [.standard], settings: settings)
    }

    /// How many descriptors have to come with the call: one for each channel of each link, in the order of the
    /// links, then the packet log if there is one.
    package var descriptorCount: Int {
        links.count * settings.channels + (settings.packetLog == nil ? 0 : 1)
    }
}

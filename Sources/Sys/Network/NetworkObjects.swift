/// A network interface.
package struct NetworkLink: Sendable, Equatable {
    package var index: Int32
    package var name: String
    package var isUp: Bool
    package var isLoopback: Bool
    package var mtu: UInt32
    /// The MAC address; empty for an interface that has none.
    package var hardwareAddress: [UInt8]
    /// The size up to which the interface takes unsegmented packets, in bytes.
    package var maximumOffload: UInt32

    package init(
        index: Int32, name: String, isUp: Bool = true, isLoopback: Bool = false, mtu: UInt32 = 1500,
        hardwareAddress: [UInt8] = [], maximumOffload: UInt32 = 65536
    ) {
        self.index = index
        self.name = name
        self.isUp = isUp
        self.isLoopback = isLoopback
        self.mtu = mtu
        self.hardwareAddress = hardwareAddress
        self.maximumOffload = maximumOffload
    }

    /// Reads the body of an RTM_NEWLINK message.
    package init(body: [UInt8]) throws(SysError) {
        guard let index = body[...].integer(Int32.self, at: 4),
            let flags = body[...].integer(UInt32.self, at: 8),
            body.count >= 16
        else { throw .malformed("link") }
        let attributes = try NetlinkAttributes(body[16...])
        self.index = index
        name = attributes.text(3) ?? ""
        isUp = flags & 0x1 != 0
        isLoopback = flags & 0x8 != 0
        mtu = attributes.integer(4, UInt32.self) ?? 0
        let address = Array(attributes[1] ?? [])
        // The loopback interface has an address of zeros.
        hardwareAddress = isLoopback ? [] : address
        maximumOffload = attributes.integer(41, UInt32.self) ?? 65536
    }
}

/// An address of an interface.
package struct NetworkAddress: Sendable, Equatable {
    package let interface: Int32
    package let prefix: IPPrefix
    /// The body of the message that brought it: what adds the address again, with all its attributes.
    package let body: [UInt8]

    /// Reads the body of an RTM_NEWADDR message; nil for a family other than the two of IP.
    package init?(body: [UInt8]) throws(SysError) {
        guard body.count >= 8, let index = body[...].integer(Int32.self, at: 4) else {
            throw .malformed("address")
        }
        guard body[0] == AddressFamily.v4 || body[0] == AddressFamily.v6 else { return nil }
        let attributes = try NetlinkAttributes(body[8...])
        // On a point-to-point interface the first is ours and the second the peer's.
        guard let address = attributes.address(2) ?? attributes.address(1),
            address.isV6 == (body[0] == AddressFamily.v6), Int(body[1]) <= address.bytes.count * 8
        else { throw .malformed("address") }
        interface = index
        prefix = IPPrefix(address, length: Int(body[1]))
        self.body = body
    }
}

/// A route.
package struct NetworkRoute: Sendable, Equatable {
    package struct Hop: Sendable, Equatable {
        package let interface: Int32
        package let gateway: IPAddress?
    }

    package let destination: IPPrefix
    package let table: UInt32
    /// Whether packets are sent on, and not dropped, delivered or answered by the host.
    package let isUnicast: Bool
    /// Whether it is a cached copy of another route.
    package let isClone: Bool
    /// Whether the kernel made it, together with an address.
    package let isKernels: Bool
    package let metric: UInt32
    /// Zero for the interface's.
    package let mtu: UInt32
    package let hops: [Hop]
    /// Whether the gateway has an address of the other family.
    package let crossesFamilies: Bool
    /// The body of the message that brought it.
    package let body: [UInt8]

    package static let mainTable: UInt32 = 254
    package static let localTable: UInt32 = 255

    /// Reads the body of an RTM_NEWROUTE message; nil for a family other than the two of IP.
    package init?(body: [UInt8]) throws(SysError) {
        guard body.count >= 12, let flags = body[...].integer(UInt32.self, at: 8) else {
            throw .malformed("route")
        }
        guard body[0] == AddressFamily.v4 || body[0] == AddressFamily.v6 else { return nil }
        let v6 = body[0] == AddressFamily.v6
        let attributes = try NetlinkAttributes(body[12...])
        let address = attributes.address(1) ?? .any(v6: v6)
        guard address.isV6 == v6, Int(body[1]) <= address.bytes.count * 8 else { throw .malformed("route") }
        destination = IPPrefix(address, length: Int(body[1]))
        table = attributes.integer(15, UInt32.self) ?? UInt32(body[4])
        isUnicast = body[7] == 1
        isKernels = body[5] == 2
        isClone = flags & 0x200 != 0
        metric = attributes.integer(6, UInt32.self) ?? 0
        mtu =
            try attributes[8].map { bytes throws(SysError) in try NetlinkAttributes(bytes) }?
            .integer(2, UInt32.self) ?? 0
        self.body = body
        var hops: [Hop] = []
        var crosses = attributes[18] != nil
        if let interface = attributes.integer(4, Int32.self) {
            hops.append(Hop(interface: interface, gateway: attributes.address(5)))
        }
        for (interface, next) in try Self.nextHops(attributes[9] ?? []) {
            hops.append(Hop(interface: interface, gateway: next.address(5)))
            crosses = crosses || next[18] != nil
        }
        self.hops = hops
        crossesFamilies = crosses
    }

    /// Reads the list of a route with several gateways: a header of eight bytes and attributes for each.
    private static func nextHops(
        _ bytes: ArraySlice<UInt8>
    ) throws(SysError) -> [(Int32, NetlinkAttributes)] {
        var hops: [(Int32, NetlinkAttributes)] = []
        var rest = bytes
        while rest.count >= 8 {
            guard let length = rest.integer(UInt16.self, at: 0).map(Int.init), length >= 8,
                length <= rest.count, let interface = rest.integer(Int32.self, at: 4)
            else { throw .malformed("next hop") }
            hops.append((interface, try NetlinkAttributes(rest.prefix(length).dropFirst(8))))
            rest = rest.dropFirst(NetlinkMessage.aligned(length))
        }
        return hops
    }
}

/// The link-layer address of a neighbour.
package struct NetworkNeighbour: Sendable, Equatable {
    package let interface: Int32
    package let address: IPAddress
    package let hardwareAddress: [UInt8]
    /// Whether somebody set it by hand, so that it is neither probed nor forgotten.
    package let isPermanent: Bool
    /// The body of the message that brought it.
    package let body: [UInt8]

    /// Reads the body of an RTM_NEWNEIGH message; nil for a family other than the two of IP.
    package init?(body: [UInt8]) throws(SysError) {
        guard body.count >= 12, let interface = body[...].integer(Int32.self, at: 4),
            let state = body[...].integer(UInt16.self, at: 8)
        else { throw .malformed("neighbour") }
        guard body[0] == AddressFamily.v4 || body[0] == AddressFamily.v6 else { return nil }
        let attributes = try NetlinkAttributes(body[12...])
        guard let address = attributes.address(1) else { return nil }
        self.interface = interface
        self.address = address
        hardwareAddress = Array(attributes[2] ?? [])
        isPermanent = state == 0x80
        self.body = body
    }
}

enum AddressFamily {
    static let v4: UInt8 = 2
    static let v6: UInt8 = 10
}

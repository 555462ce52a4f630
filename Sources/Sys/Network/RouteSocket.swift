internal import CSys
internal import Synchronization

/// The configuration of one network namespace, read and changed by rtnetlink(7).
///
/// Its calls block for as long as the kernel's configuration lock is held by others, so they belong on a
/// thread of their own: see `onOwnThread`. No call waits for an answer for more than five seconds.
package final class RouteSocket: Sendable {
    private let socket: OwnedFD
    private let sequence = Atomic<UInt32>(1)

    private static let timeout: Int32 = 5
    /// The kernel fills at most 32 KiB at a time.
    private static let bufferSize = 1 << 16
    /// How often a listing is begun anew when the configuration changed while it was read.
    private static let attempts = 8

    private enum Flag {
        static let request: UInt16 = 0x1
        static let acknowledge: UInt16 = 0x4
        static let interrupted: UInt16 = 0x10
        static let exclusive: UInt16 = 0x200
        static let dump: UInt16 = 0x300
        static let create: UInt16 = 0x400
    }

    private enum Kind {
        static let error: UInt16 = 2
        static let done: UInt16 = 3
        static let newLink: UInt16 = 16
        static let newAddress: UInt16 = 20
        static let deleteAddress: UInt16 = 21
        static let newRoute: UInt16 = 24
        static let newNeighbour: UInt16 = 28
        /// From the name of a new object to that of the request for a list.
        static let list: UInt16 = 2
    }

    /// Connects to a namespace; this process stays in its own.
    package init(in namespace: OwnedFD) throws(SysError) {
        socket = OwnedFD(
            taking: try checking(
                "socket", "netlink", csys_netlink_socket(namespace.raw, Self.timeout)))
    }

    // MARK: reading

    /// All interfaces, in the order of their indices.
    package func links() throws(SysError) -> [NetworkLink] {
        try list(Kind.newLink, headerSize: 16).map { body throws(SysError) in try NetworkLink(body: body) }
            .sorted { $0.index < $1.index }
    }

    /// All IP addresses, those of an interface in the order in which they were given to it.
    package func addresses() throws(SysError) -> [NetworkAddress] {
        var addresses: [NetworkAddress] = []
        for body in try list(Kind.newAddress, headerSize: 8) {
            if let address = try NetworkAddress(body: body) { addresses.append(address) }
        }
        return addresses
    }

    /// All IP routes of all tables.
    package func routes() throws(SysError) -> [NetworkRoute] {
        var routes: [NetworkRoute] = []
        for body in try list(Kind.newRoute, headerSize: 12) {
            if let route = try NetworkRoute(body: body) { routes.append(route) }
        }
        return routes
    }

    /// The known neighbours.
    package func neighbours() throws(SysError) -> [NetworkNeighbour] {
        var neighbours: [NetworkNeighbour] = []
        for body in try list(Kind.newNeighbour, headerSize: 12) {
            if let neighbour = try NetworkNeighbour(body: body) { neighbours.append(neighbour) }
        }
        return neighbours
    }

    // MARK: changing

    /// Takes an address from its interface; one that is not there is fine.
    ///
    /// The kernel drops the routes that need the address with it.
    package func remove(_ address: NetworkAddress) throws(SysError) {
        do throws(SysError) {
            try change(Kind.deleteAddress, 0, address.body, "remove \(address.prefix)")
        } catch  where error.code == .addressNotAvailable {}
    }

    /// Gives an interface an address back as it was; one that is there already is fine.
    package func add(_ address: NetworkAddress) throws(SysError) {
        do throws(SysError) {
            try change(Kind.newAddress, Flag.create | Flag.exclusive, address.body, "add \(address.prefix)")
        } catch  where error.code == .exists {}
    }

    /// Adds a route as it was; one that is there already is fine.
    package func add(_ route: NetworkRoute) throws(SysError) {
        var body = route.body
        // Among the flags are states of the interface, which the kernel refuses to be told; "onlink" is a wish.
        let flags = body[...].integer(UInt32.self, at: 8) ?? 0
        body.replaceSubrange(8..<12, with: Swift.withUnsafeBytes(of: flags & 0x4) { Array($0) })
        do throws(SysError) {
            try change(
                Kind.newRoute, Flag.create | Flag.exclusive, body, "add route \(route.destination)")
        } catch  where error.code == .exists {}
    }

    /// Adds a neighbour as it was; one that is there already is fine.
    package func add(_ neighbour: NetworkNeighbour) throws(SysError) {
        do throws(SysError) {
            try change(
                Kind.newNeighbour, Flag.create | Flag.exclusive, neighbour.body,
                "add neighbour \(neighbour.address)")
        } catch  where error.code == .exists {}
    }

    // MARK: talking

    private func list(_ kind: UInt16, headerSize: Int) throws(SysError) -> [[UInt8]] {
        for _ in 0..<Self.attempts {
            if let bodies = try listOnce(kind, headerSize: headerSize) { return bodies }
        }
        throw SysError("recvfrom", "netlink list \(kind)", .again)
    }

    /// One listing, or nil when the configuration changed under it, which the kernel reports.
    private func listOnce(_ kind: UInt16, headerSize: Int) throws(SysError) -> [[UInt8]]? {
        let body = [UInt8](repeating: 0, count: headerSize)
        let number = try send(kind + Kind.list, Flag.request | Flag.dump, body, "list \(kind)")
        var bodies: [[UInt8]] = []
        var consistent = true
        while true {
            for message in try receive("list \(kind)") where message.sequence == number {
                if message.flags & Flag.interrupted != 0 { consistent = false }
                switch message.type {
                case Kind.done: return consistent ? bodies : nil
                case Kind.error: try check(message, "list \(kind)")
                case kind: bodies.append(message.body)
                default: break
                }
            }
        }
    }

    private func change(
        _ type: UInt16, _ flags: UInt16, _ body: [UInt8], _ subject: String
    ) throws(SysError) {
        let number = try send(type, Flag.request | Flag.acknowledge | flags, body, subject)
        while true {
            for message in try receive(subject)
            where message.sequence == number && message.type == Kind.error {
                return try check(message, subject)
            }
        }
    }

    private func send(
        _ type: UInt16, _ flags: UInt16, _ body: [UInt8], _ subject: String
    ) throws(SysError) -> UInt32 {
        let number = sequence.wrappingAdd(1, ordering: .relaxed).newValue
        let bytes = NetlinkMessage(type: type, flags: flags, sequence: number, body: body).datagram
        _ = try checking(
            "sendto", "netlink \(subject)", csys_netlink_send(socket.raw, bytes, bytes.count))
        return number
    }

    private func receive(_ subject: String) throws(SysError) -> [NetlinkMessage] {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.bufferSize) { buffer, used in
            guard let base = buffer.baseAddress else { return }
            count = csys_netlink_receive(socket.raw, base, Self.bufferSize)
            used = max(count, 0)
        }
        if count < 0 {
            let code = Errno(rawValue: Int32(-count))
            throw SysError("recvfrom", "netlink \(subject)", code == .again ? .timedOut : code)
        }
        return try NetlinkMessage.parse(bytes)
    }

    private func check(_ message: NetlinkMessage, _ subject: String) throws(SysError) {
        guard let code = message.body[...].integer(Int32.self, at: 0) else { throw .malformed("error") }
        if code != 0 { throw SysError("netlink", subject, Errno(rawValue: 0 &- code)) }
    }
}

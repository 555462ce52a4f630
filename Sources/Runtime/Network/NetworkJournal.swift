package import OCI
package import Sys

/// What is needed to give a namespace back the addresses that a sandbox took.
///
/// Kept in a file for as long as they are away, so that a crash loses nothing.
package struct NetworkJournal: Sendable, Equatable {
    /// The namespace that everything was taken from.
    package let namespace: NetworkNamespace.Identity
    /// In the order in which they have to be added.
    package let addresses: [NetworkAddress]
    /// Those that lead to gateways come last.
    package let routes: [NetworkRoute]
    /// In no particular order.
    package let neighbours: [NetworkNeighbour]

    /// A journal of what is about to be taken.
    package init(
        namespace: NetworkNamespace.Identity, addresses: [NetworkAddress], routes: [NetworkRoute],
        neighbours: [NetworkNeighbour]
    ) {
        self.namespace = namespace
        self.addresses = addresses
        self.neighbours = neighbours
        // A gateway has to be reachable before a route can name it.
        self.routes = routes.filter(Self.isDirect) + routes.filter { !Self.isDirect($0) }
    }

    private static func isDirect(_ route: NetworkRoute) -> Bool {
        route.hops.allSatisfy { $0.gateway == nil }
    }

    // MARK: the file

    /// Where the journal of a sandbox is.
    static func path(root: String, sandbox id: String) -> String { "\(root)/\(id).network.json" }

    /// Reads a journal; nil if there is none.
    ///
    /// - Throws: `RuntimeError` naming the file when it is damaged.
    package static func read(_ path: String) throws(RuntimeError) -> NetworkJournal? {
        let bytes: [UInt8]
        do {
            bytes = try File.read(path)
        } catch {
            if error.code == .noEntry { return nil }
            throw RuntimeError(.failed, "network journal \(path)", cause: error)
        }
        do {
            return try NetworkJournal(JSONValue.parse(bytes))
        } catch {
            throw RuntimeError(.failed, "network journal \(path) is damaged", cause: error)
        }
    }

    /// Writes the journal so that a reader finds all of it or nothing.
    package func write(_ path: String) throws(RuntimeError) {
        do {
            try File.writeAtomically(json.serialised(sortedKeys: true), to: path, mode: 0o600)
        } catch {
            throw RuntimeError(.failed, "network journal \(path)", cause: error)
        }
    }

    /// Removes a journal; one that is not there is fine.
    package static func remove(_ path: String) throws(RuntimeError) {
        do {
            try File.removeWritten(path)
        } catch {
            throw RuntimeError(.failed, "network journal \(path)", cause: error)
        }
    }

    /// The journal as JSON: the kernel's own messages, and beside each what it says for people.
    package var json: JSONValue {
        func entry(_ name: String, _ prefix: IPPrefix, _ interface: Int32?, _ body: [UInt8]) -> JSONValue {
            [
                name: .string("\(prefix)"), "interface": interface.map { JSONValue($0) } ?? .null,
                "message": .string(Base64.encode(body)),
            ]
        }
        return [
            "namespace": ["device": JSONValue(namespace.device), "inode": JSONValue(namespace.inode)],
            "addresses": .array(addresses.map { entry("address", $0.prefix, $0.interface, $0.body) }),
            "routes": .array(
                routes.map { entry("destination", $0.destination, $0.hops.first?.interface, $0.body) }),
            "neighbours": .array(
                neighbours.map {
                    let prefix = IPPrefix($0.address, length: $0.address.bytes.count * 8)
                    return entry("address", prefix, $0.interface, $0.body)
                }),
        ]
    }

    private init(_ json: JSONValue) throws {
        guard let device = json[["namespace", "device"]]?.uint64,
            let inode = json[["namespace", "inode"]]?.uint64
        else { throw RuntimeError(.invalid, "namespace: expected device and inode") }
        func bodies(_ key: String) throws -> [[UInt8]] {
            try (json[key]?.array ?? []).map { entry in
                guard let text = entry["message"]?.string, let body = Base64.decode(text) else {
                    throw RuntimeError(.invalid, "\(key): expected a message in base64")
                }
                return body
            }
        }
        self.init(
            namespace: .init(device: device, inode: inode),
            addresses: try bodies("addresses").compactMap { try NetworkAddress(body: $0) },
            routes: try bodies("routes").compactMap { try NetworkRoute(body: $0) },
            neighbours: try bodies("neighbours").compactMap { try NetworkNeighbour(body: $0) })
    }

    // MARK: restoring

    /// Gives the namespace back what was taken; what is still or again there is left alone.
    ///
    /// Tries everything, also after a failure.
    ///
    /// - Throws: The first failure.
    package func restore(_ socket: RouteSocket) throws(SysError) {
        var failure: SysError?
        // Of an interface that has been removed meanwhile there is nothing to restore, nor any way through it.
        var isGone = false
        func attempt(_ add: () throws(SysError) -> Void) {
            do throws(SysError) { try add() } catch {
                isGone = isGone || error.code == .noSuchDevice
                let isOfGone = isGone && [.noSuchDevice, .networkUnreachable].contains(error.code)
                if !isOfGone { failure = failure ?? error }
            }
        }
        for address in addresses { attempt { () throws(SysError) in try socket.add(address) } }
        for route in routes { attempt { () throws(SysError) in try socket.add(route) } }
        for neighbour in neighbours { attempt { () throws(SysError) in try socket.add(neighbour) } }
        if let failure { throw failure }
    }
}

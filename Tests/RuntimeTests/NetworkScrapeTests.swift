import Runtime
import Sys
import Testing

/// Messages as the kernel would send them, made by hand.
enum NetworkMade {
    static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        let length = UInt16(4 + value.count)
        let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        return bytes(length) + bytes(type) + value + padding
    }

    static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    static func address(_ text: String, _ length: UInt8, on interface: Int32) throws -> NetworkAddress {
        let address = try #require(IPAddress(text))
        let body =
            [address.isV6 ? 10 : 2, length, 0, 0] + bytes(interface)
            + attribute(address.isV6 ? 1 : 2, address.bytes)
        return try #require(try NetworkAddress(body: body))
    }

    static func route(
        _ destination: String, _ length: UInt8, via gateway: String? = nil, on interface: Int32,
        metric: UInt32 = 0, table: UInt8 = 254, proto: UInt8 = 3, kind: UInt8 = 1, flags: UInt32 = 0
    ) throws -> NetworkRoute {
        let address = try #require(IPAddress(destination))
        var body = [address.isV6 ? 10 : 2, length, 0, 0, table, proto, 0, kind] + bytes(flags)
        if length > 0 { body += attribute(1, address.bytes) }
        body += attribute(4, bytes(interface)) + attribute(6, bytes(metric))
        if let gateway { body += attribute(5, try #require(IPAddress(gateway)).bytes) }
        return try #require(try NetworkRoute(body: body))
    }
}

@Suite("Scrape of a network namespace")
struct NetworkScrapeTests {
    private func contents() throws -> NamespaceContents {
        var contents = NamespaceContents()
        contents.links = [
            NetworkLink(index: 1, name: "lo", isLoopback: true),
            NetworkLink(index: 2, name: "eth0", mtu: 1400, hardwareAddress: [2, 0, 0, 0, 0, 2]),
            NetworkLink(index: 3, name: "eth1"),
        ]
        contents.addresses = [
            try NetworkMade.address("127.0.0.1", 8, on: 1), try NetworkMade.address("10.0.0.2", 24, on: 2),
            try NetworkMade.address("fe80::2", 64, on: 2), try NetworkMade.address("fd00::2", 64, on: 2),
        ]
        return contents
    }

    @Test func interfacesThatAreDownOrBareAreLeftOut() throws {
        var contents = try contents()
        contents.addresses.append(try NetworkMade.address("fe80::3", 64, on: 3))
        #expect(try NetworkScrape(contents, NetworkSettings()).arguments.links.map(\.name) == ["eth0"])
        contents.links[1].isUp = false
        let scrape = try NetworkScrape(contents, NetworkSettings())
        #expect(scrape.arguments.links.isEmpty && scrape.interfaces.isEmpty && scrape.addresses.isEmpty)
    }

    @Test func linkLocalAddressesStayUnlessWanted() throws {
        var settings = NetworkSettings()
        let staying = try NetworkScrape(contents(), settings)
        #expect(staying.arguments.links[0].addresses.map(\.description) == ["10.0.0.2/24", "fd00::2/64"])
        #expect(staying.addresses.map(\.prefix) == staying.arguments.links[0].addresses)
        settings.movesLinkLocalAddresses = true
        #expect(try NetworkScrape(contents(), settings).addresses.count == 3)
    }

    @Test func withoutIPv6ItsAddressesAndRoutesStay() throws {
        var contents = try contents()
        contents.routes = [
            try NetworkMade.route("0.0.0.0", 0, via: "10.0.0.1", on: 2),
            try NetworkMade.route("::", 0, via: "fd00::1", on: 2),
        ]
        #expect(try NetworkScrape(contents, NetworkSettings()).arguments.defaultRouteV6 != nil)
        var settings = NetworkSettings()
        settings.disablesIPv6 = true
        let scrape = try NetworkScrape(contents, settings)
        #expect(scrape.arguments.links[0].addresses.map(\.description) == ["10.0.0.2/24"])
        #expect(scrape.addresses.map(\.prefix.description) == ["10.0.0.2/24"])
        #expect(scrape.arguments.defaultRouteV4 != nil && scrape.arguments.defaultRouteV6 == nil)
        #expect(scrape.arguments.loopbacks[0].addresses.map(\.description) == ["127.0.0.1/8"])
    }

    @Test func loopbackHasTheNetworksOfItsAddresses() throws {
        var contents = try contents()
        contents.addresses.append(try NetworkMade.address("127.0.0.2", 8, on: 1))
        let loopback = try #require(try NetworkScrape(contents, NetworkSettings()).arguments.loopbacks.first)
        #expect(loopback.addresses.map(\.description) == ["127.0.0.1/8", "127.0.0.2/8"])
        #expect(loopback.routes.map(\.destination.description) == ["127.0.0.0/8"])
    }

    @Test(arguments: [true, false])
    func aLoopbackThatIsDownOrBareIsReplaced(_ down: Bool) throws {
        var contents = try contents()
        if down { contents.links[0].isUp = false } else { contents.addresses.removeFirst() }
        let arguments = try NetworkScrape(contents, NetworkSettings()).arguments
        #expect(arguments.loopbacks == [.standard])
        #expect(arguments.links.count == 1)
    }

    @Test func theDefaultRouteWithTheLowestMetricCounts() throws {
        var contents = try contents()
        contents.addresses.append(try NetworkMade.address("10.1.0.2", 24, on: 3))
        contents.routes = [
            try NetworkMade.route("0.0.0.0", 0, via: "10.0.0.1", on: 2, metric: 200),
            try NetworkMade.route("0.0.0.0", 0, via: "10.1.0.1", on: 3, metric: 100),
            try NetworkMade.route("0.0.0.0", 0, via: "10.1.0.9", on: 3, metric: 300),
            try NetworkMade.route("::", 0, via: "fd00::1", on: 2, metric: 1024),
        ]
        let arguments = try NetworkScrape(contents, NetworkSettings()).arguments
        #expect(arguments.defaultRouteV4?.interface == "eth1")
        #expect(arguments.defaultRouteV4?.route.gateway == IPAddress("10.1.0.1"))
        #expect(arguments.defaultRouteV6?.interface == "eth0")
        #expect(arguments.links.map(\.routes.count) == [0, 0])
    }

    @Test func aDefaultRouteMayGoToTheLink() throws {
        var contents = try contents()
        contents.routes = [try NetworkMade.route("0.0.0.0", 0, on: 2)]
        let route = try #require(try NetworkScrape(contents, NetworkSettings()).arguments.defaultRouteV4)
        #expect(route.route.gateway == nil && route.interface == "eth0")
    }

    @Test func onlyForwardingRoutesOfTheMainTableAreCopied() throws {
        var contents = try contents()
        contents.routes = [
            try NetworkMade.route("10.0.0.0", 24, on: 2, proto: 2),
            try NetworkMade.route("10.9.1.7", 16, via: "10.0.0.7", on: 2),
            try NetworkMade.route("10.8.0.0", 16, via: "10.0.0.7", on: 2, table: 100),
            try NetworkMade.route("10.0.0.2", 32, on: 2, table: 255, proto: 2, kind: 2),
            try NetworkMade.route("10.7.0.0", 16, on: 2, kind: 7),
            try NetworkMade.route("10.6.0.0", 16, on: 2, flags: 0x200),
            try NetworkMade.route("10.5.0.0", 16, on: 9),
        ]
        let scrape = try NetworkScrape(contents, NetworkSettings())
        let routes = scrape.arguments.links[0].routes
        #expect(routes.map(\.destination.description) == ["10.0.0.0/24", "10.9.0.0/16"])
        #expect(routes.map(\.gateway) == [nil, IPAddress("10.0.0.7")])
        // What the kernel makes itself need not be kept for the way back; what somebody set must be.
        #expect(
            scrape.routes.map(\.destination.address.description) == ["10.9.1.7", "10.8.0.0", "10.7.0.0"])
    }

    @Test func aGatewayOfTheOtherFamilyIsRefused() throws {
        var contents = try contents()
        contents.routes = [try NetworkMade.route("10.9.0.0", 16, via: "fd00::1", on: 2)]
        #expect { try NetworkScrape(contents, NetworkSettings()) } throws: {
            ($0 as? RuntimeError)?.kind == .unsupported && "\($0)".contains("10.9.0.0/16")
        }
    }

    @Test func routesWithoutAGatewayComeFirstInTheJournal() throws {
        let gateway = try NetworkMade.route("0.0.0.0", 0, via: "10.0.0.1", on: 2)
        let direct = try NetworkMade.route("10.0.0.1", 32, on: 2)
        let journal = NetworkJournal(
            namespace: .init(device: 1, inode: 2), addresses: [], routes: [gateway, direct],
            neighbours: [])
        #expect(journal.routes == [direct, gateway])
    }
}

@Suite("Network journal")
struct NetworkJournalTests {
    private let path = "/tmp/network-journal-\(UInt64.random(in: 0 ... .max))"

    @Test func aJournalIsReadAsItWasWritten() throws {
        defer { try? File.remove(path) }
        let journal = NetworkJournal(
            namespace: .init(device: 4, inode: .max),
            addresses: [
                try NetworkMade.address("10.0.0.2", 24, on: 2), try NetworkMade.address("fd00::2", 64, on: 2),
            ],
            routes: [try NetworkMade.route("0.0.0.0", 0, via: "10.0.0.1", on: 2)], neighbours: [])
        try journal.write(path)
        #expect(try NetworkJournal.read(path) == journal)
        #expect(try File.readText(path).contains("10.0.0.2/24"))
        try NetworkJournal.remove(path)
        #expect(try NetworkJournal.read(path) == nil)
        try NetworkJournal.remove(path)
    }

    @Test(arguments: [
        "", "{}", #"{"namespace":{"device":1}}"#,
        #"{"namespace":{"device":1,"inode":2},"addresses":[{"message":"%"}]}"#,
        #"{"namespace":{"device":1,"inode":2},"routes":[{"message":"AgA="}]}"#,
    ])
    func aDamagedJournalIsNamed(_ text: String) throws {
        defer { try? File.remove(path) }
        try File.writeAtomically(Array(text.utf8), to: path, mode: 0o600)
        #expect { try NetworkJournal.read(path) } throws: { "\($0)".contains("\(path) is damaged") }
    }
}

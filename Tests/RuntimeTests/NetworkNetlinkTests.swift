import Runtime
import Sys
import Testing

@Suite("Messages of rtnetlink")
struct NetworkNetlinkTests {
    private func bodies(_ capture: NetlinkCapture) throws -> [[UInt8]] {
        try NetlinkMessage.parse(capture.bytes()).filter { $0.type >= 16 }.map(\.body)
    }

    @Test func capturedLinksAreRead() throws {
        let links = try bodies(.link).map { try NetworkLink(body: $0) }
        let lo = try #require(links.first { $0.name == "lo" })
        #expect(lo.isLoopback && lo.isUp && lo.hardwareAddress.isEmpty)
        let eth0 = try #require(links.first { $0.name == "eth0" })
        #expect(!eth0.isLoopback && eth0.isUp)
        #expect(eth0.mtu == 1400)
        #expect(eth0.hardwareAddress == [2, 0, 0, 0, 0, 2])
        #expect(eth0.maximumOffload == 65536)
    }

    @Test func capturedAddressesAreRead() throws {
        let addresses = try bodies(.address).compactMap { try NetworkAddress(body: $0) }
        let texts = addresses.map { "\($0.prefix)" }
        #expect(texts.contains("10.77.0.2/24") && texts.contains("fd77::2/64"))
        #expect(texts.contains("127.0.0.1/8") && texts.contains("::1/128"))
        #expect(addresses.contains { $0.prefix.address.isLinkLocalV6 && $0.prefix.length == 64 })
    }

    @Test func capturedRoutesAreRead() throws {
        let routes = try bodies(.route).compactMap { try NetworkRoute(body: $0) }
            .filter { $0.table == NetworkRoute.mainTable }
        let gateway = try #require(routes.first { "\($0.destination)" == "0.0.0.0/0" })
        #expect(gateway.hops.map(\.gateway) == [IPAddress("10.77.0.1")])
        #expect(gateway.isUnicast && !gateway.isKernels && !gateway.isClone)
        let several = try #require(routes.first { "\($0.destination)" == "10.99.0.0/16" })
        #expect(several.hops.map(\.gateway) == [IPAddress("10.77.0.3"), IPAddress("10.77.0.4")])
        #expect(several.mtu == 1300)
        let link = try #require(routes.first { "\($0.destination)" == "10.77.0.0/24" })
        #expect(link.isKernels && link.hops.map(\.gateway) == [nil])
    }

    @Test func capturedNeighboursAreRead() throws {
        let neighbours = try bodies(.neighbour).compactMap { try NetworkNeighbour(body: $0) }
        let permanent = neighbours.filter(\.isPermanent)
        #expect(permanent.map(\.address) == [IPAddress("10.77.0.9")])
        #expect(permanent.map(\.hardwareAddress) == [[2, 0, 0, 0, 0, 9]])
    }

    @Test func aMessageIsReadAsItWasWritten() throws {
        let message = NetlinkMessage(type: 22, flags: 0x301, sequence: 9, body: [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try NetlinkMessage.parse(message.datagram) == [message])
    }

    @Test(arguments: [
        // A message that is shorter than its header, one that is longer than the datagram, a stray byte.
        [UInt8](repeating: 0, count: 16),
        [0xff, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 12),
        NetlinkMessage(type: 3, flags: 0, sequence: 0, body: [0, 0, 0, 0]).datagram + [1],
    ])
    func lengthsThatDoNotFitAreRefused(_ datagram: [UInt8]) {
        #expect { try NetlinkMessage.parse(datagram) } throws: {
            ($0 as? SysError)?.code == .badMessage
        }
    }

    @Test(arguments: [[3, 0, 1, 0], [9, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0]] as [[UInt8]])
    func attributesThatDoNotFitAreRefused(_ bytes: [UInt8]) {
        #expect { try NetlinkAttributes(bytes[...]) } throws: { ($0 as? SysError)?.code == .badMessage }
    }

    @Test(
        arguments: [
            [2, 33, 0, 0, 1, 0, 0, 0, 8, 0, 2, 0, 10, 0, 0, 1],  // a prefix longer than the address
            [10, 24, 0, 0, 1, 0, 0, 0, 8, 0, 2, 0, 10, 0, 0, 1],  // an IPv4 address said to be IPv6
            [2, 24, 0, 0, 1, 0, 0, 0],  // none at all
            [2, 24, 0],
        ] as [[UInt8]])
    func addressesThatCannotBeAreRefused(_ body: [UInt8]) {
        #expect { try NetworkAddress(body: body) } throws: { ($0 as? SysError)?.code == .badMessage }
    }

    @Test(arguments: NetlinkCapture.allCases)
    func everyTruncationIsReadOrRefused(_ capture: NetlinkCapture) throws {
        let bytes = try capture.bytes()
        let whole = try capture.decode(bytes)
        #expect(whole > 0)
        var refused = 0
        for count in 0..<bytes.count {
            do {
                #expect(try capture.decode(Array(bytes.prefix(count))) <= whole)
            } catch {
                refused += 1
                #expect((error as? SysError)?.code == .badMessage)
            }
        }
        // All but the few cuts between two messages.
        #expect(refused > bytes.count * 3 / 4)
    }

    @Test(arguments: NetlinkCapture.allCases)
    func randomDamageIsReadOrRefused(_ capture: NetlinkCapture) throws {
        let bytes = try capture.bytes()
        var random = Seeded(state: 42)
        var refused = 0
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = .random(
                    in: .min ... .max, using: &random)
            }
            do { _ = try capture.decode(damaged) } catch {
                refused += 1
                #expect((error as? SysError)?.code == .badMessage)
            }
        }
        #expect(refused > 0)
    }

    /// The same numbers in every run.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }
}

@Suite("IP addresses")
struct NetworkAddressTests {
    @Test(arguments: ["10.0.0.1", "0.0.0.0", "::", "::1", "fd00::1", "2001:db8:0:1::2"])
    func textIsReadAndWritten(_ text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(arguments: ["", "10.0.0", "10.0.0.256", "fd00:::1", "eth0", "10.0.0.1/8"])
    func otherTextIsNone(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test func masksCutAtAnyBit() throws {
        let address = try #require(IPAddress("10.255.255.255"))
        #expect(address.masked(0).description == "0.0.0.0")
        #expect(address.masked(12).description == "10.240.0.0")
        #expect(address.masked(32) == address)
        #expect(IPAddress.mask(20, v6: false) == [255, 255, 240, 0])
        #expect(
            IPAddress.mask(65, v6: true) == [UInt8](repeating: 255, count: 8) + [128]
                + [UInt8](repeating: 0, count: 7))
    }

    @Test func linkLocalIsFE80() throws {
        #expect(try #require(IPAddress("fe80::1")).isLinkLocalV6)
        #expect(try #require(IPAddress("febf::1")).isLinkLocalV6)
        #expect(try !#require(IPAddress("fec0::1")).isLinkLocalV6)
        #expect(try !#require(IPAddress("254.128.0.1")).isLinkLocalV6)
    }
}

import OCI
import Runtime
import Sys
import Testing

@Suite("Network arguments")
struct NetworkArgumentsTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    private static let noRoute =
        #"{"Route":{"Destination":{"IP":"","Mask":null},"Gateway":""},"Name":""}"#

    /// As the 2022 release's own command line sent it.
    @Test func loopbackOf2022() throws {
        let expected = """
            {"LoopbackLinks":[{"Name":"lo","Addresses":[{"Address":"127.0.0.1","PrefixLen":8},\
            {"Address":"::1","PrefixLen":128}],"Routes":[{"Destination":{"IP":"127.0.0.0","Mask":"/wAAAA=="},\
            "Gateway":""},{"Destination":{"IP":"::1","Mask":"/////////////////////w=="},"Gateway":""}]}],\
            "FDBasedLinks":null,"XDPLinks":null,"Defaultv4Gateway":\(Self.noRoute),\
            "Defaultv6Gateway":\(Self.noRoute),"PCAP":false}
            """
        #expect(NetworkArguments.loopback().json(.release2022) == (try parse(expected)))
    }

    /// As the 2024 release's own command line sent it.
    @Test func loopbackOf2024() throws {
        let expected = """
            {"LoopbackLinks":[{"Name":"lo","Addresses":[{"Address":"127.0.0.1","PrefixLen":8},\
            {"Address":"::1","PrefixLen":128}],"Routes":[{"Destination":{"IP":"127.0.0.0","Mask":"/wAAAA=="},\
            "Gateway":""},{"Destination":{"IP":"::1","Mask":"/////////////////////w=="},"Gateway":""}],\
            "GVisorGRO":false}],"FDBasedLinks":null,"XDPLinks":null,"Defaultv4Gateway":\(Self.noRoute),\
            "Defaultv6Gateway":\(Self.noRoute),"PCAP":false,"LogPackets":false,"NATBlob":false,\
            "DisconnectOk":false}
            """
        #expect(NetworkArguments.loopback().json(.release2024) == (try parse(expected)))
    }

    /// As upstream's current command line sent it.
    @Test func loopbackOf2026() throws {
        let noRoute =
            #"{"Route":{"Destination":{"IP":"","Mask":null},"Gateway":"","MTU":0},"Name":""}"#
        let expected = """
            {"LoopbackLinks":[{"Name":"lo","Addresses":[{"Address":"127.0.0.1","PrefixLen":8},\
            {"Address":"::1","PrefixLen":128}],"Routes":[{"Destination":{"IP":"127.0.0.0","Mask":"/wAAAA=="},\
            "Gateway":"","MTU":0},{"Destination":{"IP":"::1","Mask":"/////////////////////w=="},\
            "Gateway":"","MTU":0}],"GVisorGRO":false}],"FDBasedLinks":null,"XDPLinks":null,\
            "Defaultv4Gateway":\(noRoute),"Defaultv6Gateway":\(noRoute),"PCAP":false,"LogPackets":false,\
            "NATBlob":false,"PauseExternalNetworking":false,"AllowConnectedOnSave":false,"IsRestore":false}
            """
        #expect(NetworkArguments.loopback().json(.release2026) == (try parse(expected)))
        let settings = try NetworkSettings(flags: [
            "pause-external-networking": "true", "allow-connected-on-save": "true",
        ])
        let json = NetworkArguments.loopback(settings).json(.release2026, restoring: true)
        #expect(json["IsRestore"] == true)
        #expect(json["PauseExternalNetworking"] == true && json["AllowConnectedOnSave"] == true)
    }

    private func sample() throws -> NetworkArguments {
        func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
        var arguments = NetworkArguments(loopbacks: [.standard], settings: NetworkSettings())
        arguments.settings.channels = 2
        arguments.links = [
            .init(
                name: "eth0", mtu: 1400, addresses: [IPPrefix(try address("10.0.0.2"), length: 24)],
                routes: [
                    .init(
                        IPPrefix(try address("10.9.0.0"), length: 16), gateway: try address("10.0.0.7"),
                        mtu: 1300)
                ],
                neighbours: [.init(try address("10.0.0.9"), hardwareAddress: [2, 0, 0, 0, 0, 9])],
                hardwareAddress: [2, 0, 0, 0, 0, 2])
        ]
        arguments.links[0].maximumOffload = 65536
        arguments.defaultRouteV4 = .init(
            .init(IPPrefix(.any(v6: false), length: 0), gateway: try address("10.0.0.1")), interface: "eth0")
        return arguments
    }

    @Test func linkOf2022() throws {
        let json = try sample().json(.release2022)
        let expected = """
            {"Name":"eth0","InterfaceIndex":0,"MTU":1400,"Addresses":[{"Address":"10.0.0.2","PrefixLen":24}],\
            "Routes":[{"Destination":{"IP":"10.9.0.0","Mask":"//8AAA=="},"Gateway":"10.0.0.7"}],\
            "GSOMaxSize":65536,"GvisorGSOEnabled":false,"GvisorGROTimeout":0,"TXChecksumOffload":false,\
            "RXChecksumOffload":true,"LinkAddress":"AgAAAAAC","QDisc":1,\
            "Neighbors":[{"IP":"10.0.0.9","HardwareAddr":"AgAAAAAJ"}],"NumChannels":2}
            """
        #expect(json["FDBasedLinks"]?[0] == (try parse(expected)))
        let gateway = """
            {"Route":{"Destination":{"IP":"0.0.0.0","Mask":"AAAAAA=="},"Gateway":"10.0.0.1"},"Name":"eth0"}
            """
        #expect(json["Defaultv4Gateway"] == (try parse(gateway)))
        #expect(json["Defaultv6Gateway"] == (try parse(Self.noRoute)))
    }

    @Test func linkOf2024() throws {
        let expected = """
            {"Name":"eth0","InterfaceIndex":0,"MTU":1400,"Addresses":[{"Address":"10.0.0.2","PrefixLen":24}],\
            "Routes":[{"Destination":{"IP":"10.9.0.0","Mask":"//8AAA=="},"Gateway":"10.0.0.7"}],\
            "GSOMaxSize":65536,"GVisorGSOEnabled":false,"GVisorGRO":false,"TXChecksumOffload":false,\
            "RXChecksumOffload":true,"LinkAddress":"AgAAAAAC","QDisc":1,\
            "Neighbors":[{"IP":"10.0.0.9","HardwareAddr":"AgAAAAAJ"}],"NumChannels":2,\
            "ProcessorsPerChannel":0}
            """
        #expect(try sample().json(.release2024)["FDBasedLinks"]?[0] == parse(expected))
    }

    @Test func linkOf2026() throws {
        let link = try #require(try sample().json(.release2026)["FDBasedLinks"]?[0])
        #expect(link["TBFRate"] == 0 && link["TBFBurst"] == 0)
        #expect(link["IsPacket"] == .null && link["PreConfigured"] == false)
        #expect(link["Routes"]?[0]?["MTU"] == 1300)
    }

    @Test func theSentrySegmentsWhereTheHostDoesNot() throws {
        var arguments = try sample()
        arguments.links[0].maximumOffload = 0
        let link = try #require(arguments.json(.release2024)["FDBasedLinks"]?[0])
        #expect(link["GSOMaxSize"] == 65536 && link["GVisorGSOEnabled"] == true)
        #expect(arguments.json(.release2022)["FDBasedLinks"]?[0]?["GvisorGSOEnabled"] == true)
        arguments.settings.ownSegmentationOffload = false
        let none = try #require(arguments.json(.release2024)["FDBasedLinks"]?[0])
        #expect(none["GSOMaxSize"] == 0 && none["GVisorGSOEnabled"] == false)
    }

    @Test func descriptorsAreOnePerChannelAndTheLog() throws {
        var arguments = try sample()
        #expect(arguments.descriptorCount == 2)
        arguments.settings.packetLog = "/tmp/log"
        #expect(arguments.descriptorCount == 3)
        #expect(arguments.json(.release2022)["PCAP"] == true)
        #expect(NetworkArguments.loopback(arguments.settings).descriptorCount == 0)
        #expect(NetworkArguments.loopback(arguments.settings).json(.release2022)["PCAP"] == false)
    }

    @Test func settingsAreFlagsOfRunsc() throws {
        let settings = try NetworkSettings(flags: [
            "gso": "false", "software-gso": "false", "tx-checksum-offload": "true",
            "rx-checksum-offload": "false", "num-network-channels": "4", "qdisc": "tbf",
            "qdisc-tbf-rate": "1000", "gvisor-gro": "1.5ms", "pcap-log": "", "platform": "systrap",
        ])
        #expect(!settings.hostSegmentationOffload && !settings.ownSegmentationOffload)
        #expect(settings.sendChecksumOffload && !settings.receiveChecksumOffload)
        #expect(settings.channels == 4 && settings.queueingDiscipline == .tokenBucket)
        #expect(settings.tokenBucketRate == 1000 && settings.receiveOffloadTimeout == 1_500_000)
        #expect(settings.packetLog == nil)
        #expect(try NetworkSettings(flags: [:]) == NetworkSettings())
        #expect(try NetworkSettings(flags: ["gvisor-gro": "true"]).receiveOffload)
    }

    @Test(arguments: [
        ("gso", "yes"), ("num-network-channels", "0"), ("qdisc", "red"), ("gvisor-gro", "soon"),
        ("EXPERIMENTAL-xdp", "ns"), ("reproduce-nat", "true"), ("qdisc-tbf-burst", "4294967296"),
    ])
    func aFlagWithABadValueIsNamed(_ name: String, _ value: String) {
        #expect { try NetworkSettings(flags: [name: value]) } throws: { "\($0)".contains("\"\(name)\"") }
    }
}

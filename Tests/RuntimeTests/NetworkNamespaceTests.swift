import Glibc
import Sys
import Testing

@testable import Runtime

/// With real namespaces; ends quickly or fails.
@Suite("Network of a sandbox", .enabled(if: Kernel.effectiveUID == 0), .timeLimit(.minutes(1)))
struct NetworkNamespaceTests {
    /// One cable with two IPv4 addresses and one IPv6, default routes, a static route, a permanent neighbour.
    private func furnish(_ lab: NetworkLab) async throws {
        try await lab.inside("link", "set", "lo", "up")
        try await lab.addCable("eth0")
        try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
        try await lab.inside("addr", "add", "10.78.0.2/16", "brd", "+", "dev", "eth0")
        try await lab.inside("addr", "add", "fd77::2/64", "dev", "eth0", "nodad")
        try await lab.inside("addr", "add", "fe80::2/64", "dev", "eth0", "nodad")
        try await lab.inside("route", "add", "default", "via", "10.77.0.1", "metric", "50")
        try await lab.inside("route", "add", "10.99.0.0/16", "via", "10.78.0.1", "src", "10.78.0.2")
        try await lab.inside("route", "add", "10.50.0.0/16", "via", "10.60.0.1", "dev", "eth0", "onlink")
        try await lab.inside("-6", "route", "add", "default", "via", "fd77::1")
        try await lab.inside(
            "neigh", "add", "10.77.0.9", "lladdr", "02:00:00:00:00:09", "dev", "eth0", "nud", "permanent")
    }

    private func prepare(
        _ lab: NetworkLab, _ settings: NetworkSettings = NetworkSettings()
    ) async throws -> SandboxNetwork {
        try await SandboxNetwork.prepare(namespace: try lab.open(), settings: settings, journal: lab.journal)
    }

    @Test func everythingMovesIntoTheSandbox() async throws {
        try await NetworkLab.with { lab in
            try await furnish(lab)
            let home = try NetworkNamespace.Identity.current()
            let network = try await prepare(lab)
            let arguments = network.arguments
            #expect(arguments.loopbacks.map(\.name) == ["lo"])
            #expect(arguments.loopbacks[0].addresses.map(\.description) == ["127.0.0.1/8", "::1/128"])
            let link = try #require(arguments.links.first)
            #expect(arguments.links.count == 1)
            #expect(link.name == "eth0" && link.mtu == 1400)
            #expect(link.hardwareAddress == [2, 0, 0, 0, 0, 2])
            #expect(
                Set(link.addresses.map(\.description)) == ["10.77.0.2/24", "10.78.0.2/16", "fd77::2/64"])
            let routes = Dictionary(
                link.routes.map { ("\($0.destination)", $0.gateway?.description) }
            ) { first, _ in first }
            #expect(
                routes.filter { !$0.key.hasPrefix("fe80") } == [
                    "10.77.0.0/24": nil, "10.78.0.0/16": nil, "10.99.0.0/16": "10.78.0.1",
                    "10.50.0.0/16": "10.60.0.1", "fd77::/64": nil,
                ])
            #expect(arguments.defaultRouteV4?.route.gateway == IPAddress("10.77.0.1"))
            #expect(arguments.defaultRouteV4?.interface == "eth0")
            #expect(arguments.defaultRouteV6?.route.gateway == IPAddress("fd77::1"))
            #expect(link.neighbours.map(\.address) == [IPAddress("10.77.0.9")])
            #expect(link.neighbours.map(\.hardwareAddress) == [[2, 0, 0, 0, 0, 9]])
            #expect(link.maximumOffload == 65536)
            #expect(network.descriptors.count == arguments.descriptorCount)

            let left = try await lab.inside("-o", "addr", "show", "dev", "eth0")
            #expect(!left.contains("10.7") && !left.contains("fd77") && left.contains("fe80::2"))
            #expect(try await lab.inside("-o", "addr", "show", "dev", "lo").contains("127.0.0.1/8"))
            #expect(try NetworkJournal.read(lab.journal)?.addresses.count == 3)
            #expect(try NetworkNamespace.Identity.current() == home)
        }
    }

    @Test func whatWasTakenIsGivenBack() async throws {
        try await NetworkLab.with { lab in
            try await furnish(lab)
            let before = try await lab.configuration()
            _ = try await prepare(lab)
            #expect(try await lab.configuration() != before)
            try await SandboxNetwork.giveBack(namespace: try lab.open(), journal: lab.journal)
            #expect(try await lab.configuration() == before)
            #expect(try NetworkJournal.read(lab.journal) == nil)
            // Nothing to give back any more.
            try await SandboxNetwork.giveBack(namespace: try lab.open(), journal: lab.journal)
            #expect(try await lab.configuration() == before)
        }
    }

    @Test func anAttemptAfterACrashFindsTheSame() async throws {
        try await NetworkLab.with { lab in
            try await furnish(lab)
            let first = try await prepare(lab)
            // Between the removal and the hand-over the shim died: the journal and nothing else is left.
            for descriptor in first.descriptors { descriptor.close() }
            let second = try await prepare(lab)
            #expect(second.arguments == first.arguments)
            #expect(second.descriptors.count == first.descriptors.count)
        }
    }

    @Test func aJournalOfAnotherNamespaceIsNotPlayedBack() async throws {
        try await NetworkLab.with { lab in
            try await lab.addCable("eth0")
            try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
            let before = try await lab.configuration()
            var contents = NamespaceContents()
            contents = try NamespaceContents(reading: RouteSocket(in: try lab.open()))
            let taken = try NetworkScrape(contents, NetworkSettings())
            try await lab.inside("addr", "del", "10.77.0.2/24", "dev", "eth0")
            try NetworkJournal(
                namespace: .init(device: 1, inode: 1), addresses: taken.addresses, routes: taken.routes,
                neighbours: []
            ).write(lab.journal)
            try await SandboxNetwork.giveBack(namespace: try lab.open(), journal: lab.journal)
            #expect(try await lab.configuration() != before)
            #expect(try NetworkJournal.read(lab.journal) == nil)
        }
    }

    @Test func aFailureHalfWayRestores() async throws {
        try await NetworkLab.with { lab in
            try await furnish(lab)
            let before = try await lab.configuration()
            let namespace = try lab.open()
            let socket = try RouteSocket(in: namespace)
            let scrape = try NetworkScrape(NamespaceContents(reading: socket), NetworkSettings())
            let journal = NetworkJournal(
                namespace: try NetworkNamespace.identity(of: namespace), addresses: scrape.addresses,
                routes: scrape.routes, neighbours: scrape.neighbours)
            struct Failure: Error {}
            #expect(throws: Failure.self) {
                try SandboxNetwork.keeping(journal, lab.journal, socket) {
                    #expect(try NetworkJournal.read(lab.journal) == journal)
                    for address in scrape.addresses.dropFirst().reversed() { try socket.remove(address) }
                    throw Failure()
                }
            }
            #expect(try await lab.configuration() == before)
            #expect(try NetworkJournal.read(lab.journal) == nil)
        }
    }

    /// CRI-O has CNI take a pod's network down before it ends the sandbox.
    @Test func ofAnInterfaceThatIsGoneNothingIsRestored() async throws {
        try await NetworkLab.with { lab in
            try await furnish(lab)
            _ = try await prepare(lab)
            #expect(try NetworkJournal.read(lab.journal) != nil)
            try await lab.inside("link", "delete", "eth0")
            try await SandboxNetwork.giveBack(namespace: try lab.open(), journal: lab.journal)
            #expect(try NetworkJournal.read(lab.journal) == nil)
        }
    }

    @Test func aFailureBeforeTheRemovalChangesNothing() async throws {
        try await NetworkLab.with { lab in
            try await furnish(lab)
            let before = try await lab.configuration()
            var settings = NetworkSettings()
            settings.packetLog = "/nonexistent/log"
            await #expect(throws: RuntimeError.self) { _ = try await prepare(lab, settings) }
            #expect(try await lab.configuration() == before)
            #expect(try NetworkJournal.read(lab.journal) == nil)
        }
    }

    @Test func aFreshNamespaceHasItsLoopbackOnly() async throws {
        try await NetworkLab.with { lab in
            let network = try await prepare(lab)
            #expect(network.arguments == .loopback())
            #expect(network.descriptors.isEmpty)
            #expect(try NetworkJournal.read(lab.journal) == nil)
        }
    }

    @Test func theHostsNamespaceIsRefused() async throws {
        let namespace = try NetworkNamespace.open("/proc/self/ns/net")
        #expect(try NetworkNamespace.isHosts(namespace))
        await #expect {
            _ = try await SandboxNetwork.prepare(
                namespace: namespace, settings: NetworkSettings(), journal: "/nonexistent/journal")
        } throws: {
            ($0 as? RuntimeError)?.kind == .invalid
        }
    }

    @Test func aFileThatIsNoNamespaceIsRefused() async throws {
        let file = try File.open("/dev/null", [])
        await #expect {
            _ = try await SandboxNetwork.prepare(
                namespace: file, settings: NetworkSettings(), journal: "/nonexistent/journal")
        } throws: {
            (($0 as? RuntimeError)?.cause as? SysError)?.code == .invalid
        }
    }

    @Test func eachChannelIsASocketOnItsInterface() async throws {
        try await NetworkLab.with { lab in
            for (index, name) in ["eth0", "eth1"].enumerated() {
                try await lab.addCable(name, mac: "02:00:00:00:00:1\(index)")
                try await lab.inside("addr", "add", "10.8\(index).0.2/24", "dev", name)
            }
            var settings = NetworkSettings()
            settings.channels = 3
            let network = try await prepare(lab, settings)
            #expect(network.descriptors.count == 6)
            let links = try RouteSocket(in: try lab.open()).links()
            for (index, descriptor) in network.descriptors.enumerated() {
                let wanted = try #require(links.first { $0.name == "eth\(index / 3)" })
                #expect(boundInterface(descriptor.raw) == wanted.index)
                #expect(option(descriptor.raw, SOL_SOCKET, SO_RCVBUF) >= 4 << 20)
                #expect(option(descriptor.raw, SOL_SOCKET, SO_SNDBUF) >= 4 << 20)
                #expect(option(descriptor.raw, 263, 15) == 1, "PACKET_VNET_HDR")
            }
        }
    }

    @Test func offloadIsLeftAloneWhenNotWanted() async throws {
        try await NetworkLab.with { lab in
            try await lab.addCable("eth0")
            try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
            var settings = NetworkSettings()
            settings.hostSegmentationOffload = false
            let network = try await prepare(lab, settings)
            #expect(network.arguments.links.first?.maximumOffload == 0)
            #expect(option(try #require(network.descriptors.first).raw, 263, 15) == 0)
        }
    }

    @Test func theSizeOfTheOffloadIsTheInterfaces() async throws {
        try await NetworkLab.with { lab in
            try await lab.addCable("eth0")
            try await lab.inside("link", "set", "eth0", "gso_max_size", "32000")
            try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
            #expect(try await prepare(lab).arguments.links.first?.maximumOffload == 32000)
        }
    }

    /// A frame that the other end sends arrives, and the host's stack does not answer it.
    @Test func framesArriveAtTheSocket() async throws {
        try await NetworkLab.with { lab in
            try await lab.addCable("eth0")
            try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
            try await lab.ip("-n", lab.peer, "addr", "add", "10.77.0.1/24", "dev", "eth0")
            let network = try await prepare(lab)
            let frames = try AsyncFD(try #require(network.descriptors.first))
            defer { frames.close() }
            let peer = try #require(
                try RouteSocket(in: try NetworkNamespace.open("/run/netns/\(lab.peer)")).links()
                    .first { $0.name == "eth0" })
            let sender = try PacketSocket.open(
                in: try NetworkNamespace.open("/run/netns/\(lab.peer)"), interface: peer, offload: false)
            let frame: [UInt8] =
                [2, 0, 0, 0, 0, 2] + peer.hardwareAddress + [0x88, 0xb5] + Array("hello".utf8)
            try await AsyncFD(sender.socket).write(frame)
            try await withDeadline(.seconds(10), "frame") {
                while true {
                    let received = try await frames.read(upTo: 2048)
                    if received.count >= frame.count, Array(received.suffix(frame.count)) == frame { return }
                }
            }
            #expect(try await lab.inside("neigh").isEmpty)
        }
    }

    @Test func tooManyChannelsAreRefusedBeforeAnythingIsTaken() async throws {
        try await NetworkLab.with { lab in
            try await lab.addCable("eth0")
            try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
            var settings = NetworkSettings()
            settings.channels = 129
            await #expect { _ = try await prepare(lab, settings) } throws: {
                ($0 as? RuntimeError)?.kind == .unsupported
            }
            #expect(try await lab.inside("-o", "addr").contains("10.77.0.2/24"))
        }
    }

    private func option(_ socket: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket, level, name, &value, &length) == 0 ? value : -1
    }

    /// The index in the address that a packet socket is bound to: packet(7).
    private func boundInterface(_ socket: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        var length = socklen_t(bytes.count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map {
                getsockname(socket, $0.assumingMemoryBound(to: sockaddr.self), &length)
            }
        }
        return result == 0
            ? bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4, as: Int32.self) } : nil
    }
}

import Foundation
import Runtime
import Sys
import Testing

/// Network namespaces for one test, removed again.
struct NetworkLab: Sendable {
    struct CommandFailed: Error { let command: String, output: String }

    /// The namespace under test, and the one at the other end of its cables.
    let name: String
    let peer: String

    /// Path for the journal.
    var journal: String { "/tmp/\(name).journal" }

    static func with(_ body: (NetworkLab) async throws -> Void) async throws {
        let name = "shimtest-\(Kernel.pid)-\(UInt32.random(in: 0 ... .max))"
        let lab = NetworkLab(name: name, peer: "\(name)-peer")
        var failure: (any Error)?
        do {
            try await lab.ip("netns", "add", lab.name)
            try await lab.ip("netns", "add", lab.peer)
            try await body(lab)
        } catch { failure = error }
        _ = try? await lab.ip("netns", "del", lab.name)
        _ = try? await lab.ip("netns", "del", lab.peer)
        try? File.remove(lab.journal)
        if let failure { throw failure }
    }

    /// A lab whose namespace has a loopback interface and a cable to the host itself.
    static func withHostCable(_ body: (NetworkLab) async throws -> Void) async throws {
        try await with { lab in
            // Removed with the namespace.
            let host = "st\(UInt32.random(in: 0 ... .max))"
            try await lab.inside("link", "set", "lo", "up")
            try await lab.inside(
                "link", "add", "eth0", "type", "veth", "peer", "name", host, "netns", "\(Kernel.pid)")
            try await lab.inside("link", "set", "eth0", "addrgenmode", "none")
            try await lab.inside("addr", "add", "10.78.0.2/24", "dev", "eth0")
            try await lab.inside("link", "set", "eth0", "up")
            try await lab.ip("addr", "add", "10.78.0.1/24", "dev", host)
            try await lab.ip("link", "set", host, "up")
            try await body(lab)
        }
    }

    /// A cable to the peer namespace, both ends up.
    func addCable(_ interface: String, mtu: Int = 1400, mac: String = "02:00:00:00:00:02") async throws {
        try await ip(
            "-n", name, "link", "add", interface, "mtu", "\(mtu)", "address", mac, "type", "veth", "peer",
            "name", interface, "netns", peer)
        try await ip("-n", peer, "link", "set", interface, "up")
        // No link-local address: the kernel would add it some time later.
        try await inside("link", "set", interface, "addrgenmode", "none")
        try await inside("link", "set", interface, "up")
        // The kernel notes the carrier in the background, and only then makes the routes of IPv6.
        try await withDeadline(.seconds(30), "carrier of \(interface)") {
            while try await !inside("-o", "link", "show", interface).contains("state UP") {}
        }
    }

    /// Runs ip(8) on the namespace under test, and returns what it prints.
    @discardableResult
    func inside(_ arguments: String...) async throws -> String { try await run(["-n", name] + arguments) }

    @discardableResult
    func ip(_ arguments: String...) async throws -> String { try await run(arguments) }

    /// Runs a program in the namespace under test, and returns what it prints.
    @discardableResult
    func execute(_ words: String...) async throws -> String {
        try await run(["netns", "exec", name] + words)
    }

    private func run(_ arguments: [String]) async throws -> String {
        let output = try Sys.Pipe()
        var plan = SpawnPlan(
            program: try File.open("/usr/sbin/ip", [.path]), path: "/usr/sbin/ip",
            arguments: ["ip"] + arguments,
            descriptors: [try File.open("/dev/null", [.readWrite]), output.write, output.write])
        plan.environment = ["PATH=/usr/sbin:/usr/bin"]
        let child = try plan.spawn()
        output.write.close()
        let reader = try AsyncFD(output.read)
        var text: [UInt8] = []
        while true {
            let bytes = try await reader.read(upTo: 65536)
            if bytes.isEmpty { break }
            text += bytes
        }
        reader.close()
        let status = try await child.wait()
        let printed = String(decoding: text, as: UTF8.self)
        guard status.exitCode == 0 else {
            throw CommandFailed(command: arguments.joined(separator: " "), output: printed)
        }
        return printed
    }

    func open() throws -> OwnedFD { try NetworkNamespace.open("/run/netns/\(name)") }

    /// All addresses and routes, as text to compare.
    func configuration() async throws -> String {
        let addresses = try await inside("-o", "addr")
        let routes = try await inside("route", "show", "table", "all")
        let routesV6 = try await inside("-6", "route", "show", "table", "all")
        let neighbours = try await inside("neigh", "show", "nud", "permanent")
        return
            (neighbours + addresses + "--\n" + routes.split(separator: "\n").sorted().joined(separator: "\n")
            + "--\n"
            + routesV6.split(separator: "\n").sorted().joined(separator: "\n"))
    }
}

extension NetworkNamespace.Identity {
    static func current() throws -> NetworkNamespace.Identity {
        try NetworkNamespace.identity(at: "/proc/thread-self/ns/net")
    }
}

enum NetlinkCapture: String, CaseIterable {
    case link, address, route, neighbour

    /// What a kernel sent for a namespace with one cable: captured with recv(2).
    func bytes() throws -> [UInt8] {
        let url = try #require(
            Bundle.module.url(
                forResource: "netlink-\(rawValue)", withExtension: "hex", subdirectory: "Golden"))
        let digits = Array(try String(contentsOf: url, encoding: .utf8).filter { !$0.isNewline })
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            try #require(UInt8(String(digits[index...index + 1]), radix: 16))
        }
    }

    /// Reads all messages of a datagram as objects of this kind.
    func decode(_ datagram: [UInt8]) throws -> Int {
        let bodies = try NetlinkMessage.parse(datagram).filter { $0.type >= 16 }.map(\.body)
        return switch self {
        case .link: try bodies.map { try NetworkLink(body: $0) }.count
        case .address: try bodies.compactMap { try NetworkAddress(body: $0) }.count
        case .route: try bodies.compactMap { try NetworkRoute(body: $0) }.count
        case .neighbour: try bodies.compactMap { try NetworkNeighbour(body: $0) }.count
        }
    }
}

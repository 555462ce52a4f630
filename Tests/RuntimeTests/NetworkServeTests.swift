import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// Containers in real sandboxes on real cables.
@Suite(
    "Network between sandboxes and their host", .serialized, .enabled(if: Kernel.effectiveUID == 0),
    .timeLimit(.minutes(2)))
struct NetworkServeTests {
    /// Rewrites a bundle so that its container joins a network namespace.
    private func join(_ namespace: String, _ bundle: borrowing TestBundle) throws {
        let path = "\(bundle.path)/config.json"
        var spec = try JSONValue.parse(File.read(path))
        spec[["linux", "namespaces"]] = [
            ["type": "pid"], ["type": "mount"],
            ["type": "network", "path": .string("/run/netns/\(namespace)")],
        ]
        try File.writeAtomically(spec.serialised(), to: path, mode: 0o644)
    }

    private func create(
        _ release: RunscRelease, _ bundle: borrowing TestBundle, flags: [String: String] = [:],
        output: OwnedFD
    ) async throws -> any Container {
        let runsc = Runsc(
            configuration: RuntimeConfiguration(binary: release.program, root: bundle.root, flags: flags))
        return try await runsc.create(
            CreateRequest(
                id: "n\(UInt32.random(in: 0 ... .max))", bundle: bundle.path,
                stdio: .files(input: try File.open("/dev/null", []), output: output, error: output)))
    }

    /// A page that is bigger than what one unsegmented packet holds, and of fewer segments than the 1000 that the Sentry's
    /// queue takes: that of 2022, when it has lost some, goes on with two of them each 200 ms.
    private static let pageSize = 512 << 10

    private func server() throws -> TestBundle {
        let bundle = try TestBundle(args: ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/tmp"])
        let page = [UInt8](repeating: UInt8(ascii: "x"), count: Self.pageSize)
        try File.writeAtomically(page, to: "\(bundle.path)/rootfs/tmp/page", mode: 0o644)
        return bundle
    }

    /// Fetches the page from the peer namespace, as soon as somebody serves it, and returns its size.
    private func fetch(_ lab: NetworkLab, _ address: String) async throws -> Int {
        let file = "/tmp/\(lab.name).page"
        defer { try? File.remove(file) }
        return try await withDeadline(.seconds(40), "page of \(address)") {
            while true {
                do {
                    try await lab.ip(
                        "netns", "exec", lab.peer, "/usr/bin/curl", "--silent", "--show-error", "--globoff",
                        "--noproxy", "*", "--max-time", "20", "--output", file, "http://\(address)/page")
                    return Int(try FileStatus(file).size)
                } catch let error as NetworkLab.CommandFailed where error.output.contains("(7)") {
                    // Connection refused: the program inside is not yet as far.
                }
            }
        }
    }

    private func connect(_ lab: NetworkLab) async throws {
        try await lab.addCable("eth0")
        try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
        try await lab.inside("addr", "add", "fd77::2/64", "dev", "eth0", "nodad")
        try await lab.inside("route", "add", "default", "via", "10.77.0.1")
        try await lab.ip("-n", lab.peer, "link", "set", "eth0", "mtu", "1400")
        try await lab.ip("-n", lab.peer, "addr", "add", "10.77.0.1/24", "dev", "eth0")
        try await lab.ip("-n", lab.peer, "addr", "add", "fd77::1/64", "dev", "eth0", "nodad")
    }

    @Test(
        "serves a page by IPv4 and IPv6", arguments: RunscRelease.underTest,
        [[:], ["num-network-channels": "2"], ["gso": "false"]])
    func serves(_ release: RunscRelease, _ flags: [String: String]) async throws {
        try await NetworkLab.with { lab in
            try await connect(lab)
            let bundle = try server()
            try join(lab.name, bundle)
            let output = try Sys.Pipe()
            let container = try await create(release, bundle, flags: flags, output: output.write)
            do {
                try await container.start()
                #expect(try await fetch(lab, "10.77.0.2") == Self.pageSize)
                #expect(try await fetch(lab, "[fd77::2]") == Self.pageSize)
                #expect(try await !lab.inside("-o", "addr").contains("10.77.0.2"))
            } catch {
                Issue.record("\(error)")
            }
            try await container.destroy()
        }
    }

    @Test(
        "who hears of the end finds the addresses in the namespace again", arguments: RunscRelease.underTest)
    func addressesComeBack(_ release: RunscRelease) async throws {
        try await NetworkLab.withHostCable { lab in
            var recipe = TestContainer.Recipe("sleep", "1")
            recipe.edit = { spec, _ in
                spec[["linux", "namespaces"]] = [
                    ["type": "pid"], ["type": "mount"],
                    ["type": "network", "path": .string("/run/netns/\(lab.name)")],
                ]
            }
            let before = try await lab.inside("-o", "addr")
            try await TestContainer.with(release, recipe) { test in
                let during = try await lab.inside("-o", "addr")
                #expect(before.contains("10.78.0.2/24") && !during.contains("10.78.0.2/24"))
                _ = await test.container.wait()
                let after = try await lab.inside("-o", "addr")
                #expect(after.contains("10.78.0.2/24"), "\(after)")
                let journals = try Directory.list(test.root).filter { $0.contains("network") }
                #expect(journals == [])
            }
        }
    }

    @Test("reaches another sandbox", arguments: RunscRelease.underTest)
    func reaches(_ release: RunscRelease) async throws {
        try await NetworkLab.with { lab in
            try await connect(lab)
            let serving = try server()
            try join(lab.name, serving)
            let asking = try TestBundle(args: [
                "sh", "-c",
                "ask() { busybox printf 'GET /page HTTP/1.0\\r\\n\\r\\n' | busybox nc 10.77.0.2 80; };"
                    + "until ask | busybox wc -c | busybox grep -v ^0; do :; done",
            ])
            try join(lab.peer, asking)
            let output = try Sys.Pipe()
            let server = try await create(release, serving, output: try File.open("/dev/null", [.writeOnly]))
            do {
                try await server.start()
                let client = try await create(release, asking, output: output.write)
                output.write.close()
                do {
                    try await client.start()
                    let pipe = try AsyncFD(output.read)
                    let text = try await withDeadline(.seconds(40), "page") {
                        var text = ""
                        while true {
                            let bytes = try await pipe.read(upTo: 4096)
                            if bytes.isEmpty { return text }
                            text += String(decoding: bytes, as: UTF8.self)
                        }
                    }
                    // The errors of the first attempts come before; a header of some hundred bytes counts, too.
                    let size = try #require(text.split(separator: "\n").last.flatMap { Int($0) }, "\(text)")
                    #expect((Self.pageSize..<Self.pageSize + 1000).contains(size))
                } catch {
                    Issue.record("\(error)")
                }
                try await client.destroy()
            } catch {
                Issue.record("\(error)")
            }
            try await server.destroy()
        }
    }
}

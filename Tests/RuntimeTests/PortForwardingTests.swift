import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

@Suite(
    "Port forwarding", .serialized, .enabled(if: Kernel.effectiveUID == 0), .timeLimit(.minutes(2)))
struct PortForwardingTests {
    @Test("every port of 127.0.0.1 leads to one listener, and no longer than that lives")
    func listener() async throws {
        try await NetworkLab.with { lab in
            let namespace = try NetworkNamespace.open("/run/netns/\(lab.name)")
            try await lab.addCable("eth0")
            try await lab.inside("addr", "add", "10.77.0.2/24", "dev", "eth0")
            // By this is known that nobody could connect.
            #expect {
                try LoopbackListener(in: namespace)
            } throws: { error in
                (error as? SysError)?.code == .addressNotAvailable
            }
            try await lab.inside("link", "set", "lo", "up")
            func connect(_ address: String, _ port: Int) async throws -> String {
                try await lab.execute("/bin/busybox", "nc", "-w", "5", address, "\(port)")
            }
            do {
                let listener = try LoopbackListener(in: namespace)
                for port in [1, 80, 65535] {
                    async let text = connect("127.0.0.1", port)
                    let accepted = try await withDeadline(.seconds(10), "connection") {
                        try await listener.next()
                    }
                    #expect(Int(accepted.port) == port)
                    let stream = try AsyncFD(accepted.connection)
                    try await stream.write(Array("to \(port)".utf8))
                    stream.close()
                    #expect(try await text == "to \(port)")
                }
                // Another address of the same interface is not meant.
                await #expect(throws: NetworkLab.CommandFailed.self) {
                    try await connect("127.0.0.2", 80)
                }
            }
            await #expect(throws: NetworkLab.CommandFailed.self) { try await connect("127.0.0.1", 80) }
        }
    }

    /// Of the releases' Sentries only the latest connects to its own 127.0.0.1 without a danger to the pod.
    private static let listeners =
        RunscRelease.underTest.map { ($0, "80") }
        + RunscRelease.underTest.filter { $0 == .head }.map { ($0, "127.0.0.1:80") }

    @Test(
        "a connection in the namespace reaches the program that listens in the sandbox",
        arguments: listeners)
    func sandbox(_ release: RunscRelease, _ listener: String) async throws {
        try await NetworkLab.withHostCable { lab in
            var recipe = TestContainer.Recipe("/bin/busybox", "httpd", "-f", "-p", listener, "-h", "/tmp")
            recipe.edit = { spec, bundle in
                spec[["linux", "namespaces"]] = [
                    ["type": "pid"], ["type": "mount"],
                    ["type": "network", "path": .string("/run/netns/\(lab.name)")],
                ]
                // More than all buffers on the way hold.
                let page = [UInt8](repeating: UInt8(ascii: "x"), count: 5 << 20)
                try File.writeAtomically(page, to: "\(bundle)/rootfs/tmp/page", mode: 0o644)
            }
            let request = "printf 'GET /page HTTP/1.0\\r\\n\\r\\n'"
            // A client that ends its half after the request, and gets the answer all the same; the Sentry's own
            // forwarding ends with either half.
            let client =
                listener == "80"
                ? "\(request) | busybox nc 127.0.0.1 80"
                : "exec 3<>/dev/tcp/127.0.0.1/80; \(request) >&3; cat <&3"
            try await TestContainer.with(release, recipe) { _ in
                let size = try await withDeadline(.seconds(40), "page") {
                    while true {
                        do {
                            let text = try await lab.execute(
                                "/bin/bash", "-o", "pipefail", "-c", "\(client) | wc -c")
                            if let size = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), size > 0
                            {
                                return size
                            }
                        } catch is NetworkLab.CommandFailed {
                            // The program inside, or the listener, is not yet as far.
                        }
                    }
                }
                #expect(size > 5 << 20)
                // Nobody listens there: the connection ends.
                let nothing = try await lab.execute(
                    "/bin/bash", "-c", "busybox nc -w 20 127.0.0.1 81; true")
                #expect(nothing.isEmpty)
            }
        }
    }
}

import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// Bundles that no caller means well by.
@Suite("Absurd bundles are refused at once", .serialized, .timeLimit(.minutes(1)))
struct AbsurdBundleTests {
    /// What is wrong with a bundle, and what the error has to name.
    struct Absurdity: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String]
        var id = "absurd"
        /// Writes config.json, which holds a good one.
        let spoil: @Sendable (_ config: String) throws -> Void

        static func text(_ name: String, _ words: String..., make: @escaping @Sendable () -> String)
            -> Absurdity
        {
            Absurdity(testDescription: name, words: words) {
                try File.writeAtomically(Array(make().utf8), to: $0, mode: 0o644)
            }
        }

        static func edit(
            _ name: String, _ words: String..., id: String = "absurd",
            edit: @escaping @Sendable (inout JSONValue) -> Void
        ) -> Absurdity {
            Absurdity(testDescription: name, words: words, id: id) {
                var spec = try JSONValue.parse(File.read($0))
                edit(&spec)
                try File.writeAtomically(spec.serialised(), to: $0, mode: 0o644)
            }
        }
    }

    static let absurdities: [Absurdity] = [
        .text("64 MiB", "config.json", "file too large") {
            #"{"ociVersion":"1.0.2","x":""# + String(repeating: "x", count: 64 << 20) + "\"}"
        },
        .text("a hundred thousand mounts", "config.json", "file too large") { mounts(100_000) },
        .text("a thousand and one mounts", "config.json: mounts", "1001 entries, more than 1000") {
            mounts(1001)
        },
        .text("a million brackets", "config.json", "64") { String(repeating: "[", count: 1_000_000) },
        .text("no JSON", "config.json") { "ELF" },
        .text("an array", "config.json", "expected an object") { "[]" },
        .text("nothing", "config.json") { "" },
        .edit("an id that climbs", "invalid container id", id: "../../etc/passwd") { _ in },
        .edit("a root that climbs", "root.path", "leads out of the bundle") {
            $0[["root", "path"]] = "rootfs/../../../etc"
        },
        .edit("a source that climbs", "mounts[0].source", "leads out of the bundle") {
            $0["mounts"] = [["destination": "/m", "type": "bind", "source": "../../etc"]]
        },
        .edit("a root that is not there", "/absent") { $0[["root", "path"]] = "/absent" },
        .edit("no arguments", "process.args") { $0[["process", "args"]] = [] },
        .edit("a relative working directory", "process.cwd") { $0[["process", "cwd"]] = "tmp" },
        .edit("an SELinux label", "SELinux is not supported") { $0[["process", "selinuxLabel"]] = "u:r:t" },
        .edit("another major version", "ociVersion") { $0["ociVersion"] = "2.0.0" },
        .edit("a file that is not there", "nothing-of-this-name") {
            $0[["process", "args"]] = ["nothing-of-this-name"]
        },
        Absurdity(
            testDescription: "a file that nobody may execute", words: ["exec: \"/plain\": permission denied"]
        ) {
            let bundle = Path.split($0).directory
            try File.writeAtomically([1], to: "\(bundle)/rootfs/plain", mode: 0o644)
            var spec = try JSONValue.parse(File.read($0))
            spec[["process", "args"]] = ["/plain"]
            try File.writeAtomically(spec.serialised(), to: $0, mode: 0o644)
        },
    ]

    private static func mounts(_ count: Int) -> String {
        let mount = #"{"destination":"/m","type":"bind","source":"/tmp"}"#
        return #"{"ociVersion":"1.0.2","mounts":["#
            + Array(repeating: mount, count: count).joined(separator: ",") + "]}"
    }

    @Test("within a second, by name, and nothing is left", arguments: absurdities)
    func refused(_ absurdity: Absurdity) async throws {
        let bundle = try TestBundle(args: ["true"])
        try absurdity.spoil(bundle.path + "/config.json")
        let runsc = Runsc(
            configuration: RuntimeConfiguration(binary: RunscRelease.r24.program, root: bundle.root))
        let null = try File.open("/dev/null", [.readWrite])
        let request = CreateRequest(
            id: absurdity.id, bundle: bundle.path, stdio: .files(input: null, output: null, error: null))
        let start = ContinuousClock.now
        let error = await #expect(throws: (any Error).self) { _ = try await runsc.create(request) }
        let time = ContinuousClock.now - start
        #expect(time < .seconds(1) * Self.slowness)
        for word in absurdity.words {
            #expect("\(error as Any)".contains(word), "\(error as Any)")
        }
        #expect((try? Directory.list(bundle.root)) ?? [] == [])
        #expect(try Directory.list(bundle.path + "/rootfs").filter { $0.hasPrefix(".gvisor") } == [])
    }

    /// An unoptimised build on a machine with other work takes that much longer than a release.
    private static let slowness = 5
}

import Foundation
import Sys
import TestSupport
import Testing

/// The step that binds into a container's root, while somebody changes that root.
@Suite("Binds into a root", .requires(.root), .timeLimit(.minutes(1)))
struct BindInRootTests {
    /// A mount, as the child sees it.
    private struct Line {
        let root: String
        let place: String
        let isReadOnly: Bool

        static func parse(_ text: String) -> [Line] {
            text.split(separator: "\n").map {
                let fields = $0.split(separator: " ")
                let options = fields[5].split(separator: ",")
                return Line(
                    root: String(fields[3]), place: String(fields[4]), isReadOnly: options.contains("ro"))
            }
        }
    }

    /// Makes mounts in a child's own namespace; what is mounted there then, or why they cannot be made.
    private func mounts(_ steps: [ChildStep]) async throws -> [Line] {
        let null = try File.open("/dev/null", [.readWrite])
        let pipe = try Sys.Pipe()
        var plan = SpawnPlan(
            program: try File.open("/bin/cat", []), path: "/bin/cat",
            arguments: ["cat", "/proc/self/mountinfo"],
            descriptors: [null, pipe.write, null])
        plan.namespaces = [.mount]
        plan.steps = [.mount(source: nil, target: "/", type: nil, flags: [.private, .recursive])] + steps
        let child = try plan.spawn()
        pipe.write.close()
        let output = try AsyncFD(pipe.read)
        defer { output.close() }
        var text: [UInt8] = []
        while true {
            let bytes = try await output.read(upTo: 64 << 10)
            if bytes.isEmpty { break }
            text += bytes
        }
        _ = try await child.wait()
        try await child.executed()
        return Line.parse(String(decoding: text, as: UTF8.self))
    }

    /// The link leads to a place that is a mount itself: what is meant for one mount must not be done to the other.
    @Test("stay inside and keep their own restrictions while a component is swapped")
    func swapped() async throws {
        let directory = try TemporaryDirectory("bind")
        let (root, outside) = (directory.path("root"), directory.path("outside"))
        let (free, restricted) = (directory.path("free"), directory.path("restricted"))
        for path in ["\(root)/swap/place", "\(root)/decoy/place", outside, free, restricted] {
            try Directory.make(path, mode: 0o755)
        }
        try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "/decoy")
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/decoy/out", withDestinationPath: "../../../../../../../../\(outside)")
        let steps: [ChildStep] = [
            .bindInRoot(source: free, root: root, place: "/decoy/place", flags: .bind, propagation: []),
            .bindInRoot(
                source: restricted, root: root, place: "/swap/place", flags: [.bind, .recursive, .readOnly],
                propagation: [.private, .recursive]),
        ]
        let swapper = try Swapper("\(root)/swap", "\(root)/link")
        var places: Set<String> = []
        for _ in 0..<400 {
            // Only the kernel's wish for another try is a reason to fail, and it gets many.
            let lines = try await mounts(steps)
            let one = lines.filter { $0.root.hasSuffix("/free") }
            let other = lines.filter { $0.root.hasSuffix("/restricted") }
            try #require(one.count == 1 && other.count == 1, "\(lines)")
            #expect(!one[0].isReadOnly && other[0].isReadOnly)
            #expect((one + other).allSatisfy { $0.place.hasPrefix(root + "/") })
            places.insert(other[0].place)
        }
        try await swapper.stop()
        // Both forms have been met, or nothing was tested.
        #expect(places.count > 1)
        #expect(try Directory.list(outside) == [])
    }

    @Test("follow links inside, and refuse a place of another kind")
    func links() async throws {
        let directory = try TemporaryDirectory("bind")
        let (root, source) = (directory.path("root"), directory.path("source"))
        for path in ["\(root)/etc", source] { try Directory.make(path, mode: 0o755) }
        try directory.write("", to: "root/etc/file")
        for (name, target) in [("absolute", "/etc"), ("up", "../../../../etc")] {
            try FileManager.default.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: target)
            let lines = try await mounts([
                .bindInRoot(source: source, root: root, place: "/\(name)", flags: .bind, propagation: [])
            ])
            #expect(lines.filter { $0.root.hasSuffix("/source") }.map(\.place) == ["\(root)/etc"])
        }
        await #expect(throws: SpawnError.self) {
            try await mounts([
                .bindInRoot(source: source, root: root, place: "/etc/file", flags: .bind, propagation: [])
            ])
        }
    }
}

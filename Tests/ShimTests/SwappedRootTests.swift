import Foundation
import Glibc
import OCI
import Runtime
import Synchronization
import Sys
import TestSupport
import Testing

/// Images, and neighbours that share a volume, that change a container's root while it is set up: wherever a mount then
/// goes, it goes into the root.
@Suite(
    "A root that changes under its mounts", .enabled(if: fakeRunsc != nil, "fake-runsc is not built"),
    .requires(.root), .serialized, .timeLimit(.minutes(3)))
struct SwappedRootTests {
    private static let rounds = 60

    /// A mount, as a process sees it.
    private struct Line {
        let root: String
        let place: String
        let options: Substring

        static func all(of process: String) throws -> [Line] {
            try File.readText("/proc/\(process)/mountinfo", limit: 16 << 20).split(separator: "\n").map {
                let fields = $0.split(separator: " ")
                return Line(root: String(fields[3]), place: String(fields[4]), options: fields[5])
            }
        }
    }

    @Test("a component that is swapped with a link to the host, while containers are created")
    func swapped() async throws {
        let it = try FaultFixture()
        let outside = it.directory.path("outside")
        let (plain, restricted) = (it.directory.path("plain"), it.directory.path("restricted"))
        for path in [outside, plain, restricted] { try Directory.make(path, mode: 0o755) }
        let rootfs = it.rootfs(of: "c")
        try Directory.make("\(rootfs)/swap/deep", mode: 0o755)
        try Directory.make("\(rootfs)/proc", mode: 0o755)
        // Where the link leads when it is followed inside.
        try Directory.make("\(rootfs)\(outside)/deep", mode: 0o755)
        try FileManager.default.createSymbolicLink(
            atPath: "\(rootfs)/other", withDestinationPath: "../../../../../../../..\(outside)")
        func mount(_ place: String, _ source: String, _ options: JSONValue) -> JSONValue {
            ["destination": .string(place), "type": "bind", "source": .string(source), "options": options]
        }
        let mounts: JSONValue = [
            mount("/swap/deep/plain", plain, ["rbind", "rslave"]),
            mount("/swap/deep/restricted", restricted, ["rbind", "ro", "rprivate"]),
        ]
        let swapper = try Swapper("\(rootfs)/swap", "\(rootfs)/other")
        var (direct, refused) = (0, 0)
        var places: Set<String> = []
        for _ in 0..<Self.rounds {
            do {
                try await it.create("c", mounts: mounts)
            } catch {
                refused += 1
            }
            let gofers = it.processes.filter { $0.arguments.first == "runsc-gofer" }
            for gofer in gofers {
                // Of a launch in which the program builds its own root there is nothing to see: this one builds none.
                let binds = try Line.all(of: "\(gofer.pid)").filter {
                    $0.root.hasSuffix("/plain") || $0.root.hasSuffix("/restricted")
                }
                direct += binds.isEmpty ? 0 : 1
                for bind in binds {
                    #expect(bind.place.hasPrefix("/root/"), "\(bind.root) is at \(bind.place)")
                    places.insert(bind.place)
                    let readOnly = bind.options.split(separator: ",").contains("ro")
                    #expect(readOnly == bind.root.hasSuffix("/restricted"), "\(bind)")
                }
            }
            if !gofers.isEmpty {
                try await it.kill("c")
                _ = try await it.wait("c")
                try await it.delete("c")
            }
            #expect(try Directory.list(outside) == [])
        }
        try await swapper.stop()
        #expect(try Line.all(of: "self").filter { $0.place.hasPrefix(it.directory.path) }.isEmpty)
        #expect(try Directory.list(plain) + Directory.list(restricted) == [])
        // Both forms have been met, or nothing was tested.
        #expect(direct > Self.rounds / 10 && places.count > 1)
        try await it.expectNothingLeft()
    }
}

import Foundation
import Glibc
import Sys
import TestSupport
import Testing

@Suite("A tree that no path leads out of", .timeLimit(.minutes(1)))
struct RootedTreeTests {
    /// A root, a directory and a file to cover parts of it with, and a directory that must stay as it is.
    private struct Place {
        let base: String
        var root: String { "\(base)/root" }
        var directory: String { "\(base)/source" }
        var file: String { "\(base)/file" }
        var outside: String { "\(base)/outside" }

        func link(_ path: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/\(path)", withDestinationPath: target)
        }

        func isDirectory(_ path: String) -> Bool { (try? FileStatus("\(root)/\(path)").isDirectory) == true }
    }

    private func withPlace(_ body: (Place) throws -> Void) throws {
        let place = Place(base: "/tmp/mounts-\(UUID().uuidString)")
        for path in [place.root, place.directory, place.outside] { try Directory.make(path, mode: 0o755) }
        try File.writeAtomically([1], to: place.file, mode: 0o644)
        defer { try? FileManager.default.removeItem(atPath: place.base) }
        try body(place)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.outside).isEmpty)
    }

    private func resolve(_ place: Place, _ path: String, file: Bool = false) throws -> String {
        try RootedTree(File.openDirectory(place.root)).walk(path, making: file ? .file : .directory).path
    }

    @Test func missingDirectoriesAreMade() throws {
        try withPlace { place throws in
            #expect(try resolve(place, "/a/b/c") == "/a/b/c")
            #expect(place.isDirectory("a/b/c"))
            #expect(try resolve(place, "/a/b/c") == "/a/b/c")
        }
    }

    @Test func aFileGetsAFile() throws {
        try withPlace { place throws in
            #expect(try resolve(place, "/etc/hosts", file: true) == "/etc/hosts")
            #expect(place.isDirectory("etc") && !place.isDirectory("etc/hosts"))
            #expect(try FileStatus("\(place.root)/etc/hosts").size == 0)
        }
    }

    @Test(arguments: [
        ("/", "/"), ("a", "/a"), ("//a///b/", "/a/b"), ("/./a/.", "/a"), ("/../../a", "/a"),
        ("../../a", "/a"), ("/missing/../b", "/b"), ("/a/..", "/"),
    ])
    func pathsAreCleaned(_ path: String, _ expected: String) throws {
        try withPlace { place throws in #expect(try resolve(place, path) == expected) }
    }

    @Test(arguments: [
        ("/var/run", "/run"),  // the classic
        ("run", "/var/run"), ("../run", "/run"), ("../../../../run", "/run"), ("./run/../run", "/var/run"),
        ("/", "/"), ("..", "/"),
    ])
    func linksAreFollowedInside(_ target: String, _ expected: String) throws {
        try withPlace { place throws in
            try Directory.make("\(place.root)/var", mode: 0o755)
            try place.link("var/lock", to: target == "/var/run" ? "/run" : target)
            #expect(try resolve(place, "/var/lock") == expected)
            #expect(try resolve(place, "/var/lock/sub") == (expected == "/" ? "/sub" : "\(expected)/sub"))
            #expect(place.isDirectory("\(expected)/sub"))
        }
    }

    @Test func linksToTheOutsideEndInside() throws {
        try withPlace { place throws in
            // Absolute, by many "..", through a chain, and as the last component of a file.
            try place.link("absolute", to: place.outside)
            try place.link("relative", to: "../outside")
            try place.link("chain", to: "relative/../absolute")
            try place.link("file", to: "\(place.outside)/made")
            #expect(try resolve(place, "/absolute/x") == "\(place.outside)/x")
            #expect(place.isDirectory("\(place.outside)/x"))
            #expect(try resolve(place, "/relative/x") == "/outside/x")
            #expect(try resolve(place, "/chain/x") == "\(place.outside)/x")
            #expect(try resolve(place, "/file", file: true) == "\(place.outside)/made")
        }
    }

    @Test func magicLinksAreTextOnly() throws {
        try withPlace { place throws in
            try place.link("self", to: "/proc/self/root\(place.outside)")
            #expect(try resolve(place, "/self/x") == "/proc/self/root\(place.outside)/x")
        }
    }

    @Test func aLoopIsRefused() throws {
        try withPlace { place throws in
            try place.link("a", to: "b")
            try place.link("b", to: "a")
            #expect { try resolve(place, "/a/x") } throws: {
                ($0 as? SysError)?.code == .loop && "\($0)".contains("/a/x")
            }
        }
    }

    @Test func aLongButFiniteChainIsFollowed() throws {
        try withPlace { place throws in
            for index in 0..<200 { try place.link("l\(index)", to: "l\(index + 1)") }
            #expect(try resolve(place, "/l0") == "/l200")
        }
    }

    @Test func belowAFileNothingCanBe() throws {
        try withPlace { place throws in
            try File.writeAtomically([], to: "\(place.root)/plain", mode: 0o644)
            #expect { try resolve(place, "/plain/sub") } throws: {
                ($0 as? SysError)?.code == .notDirectory
            }
        }
    }

    @Test func whatLiesOverAPlaceIsWalkedInItsStead() throws {
        try withPlace { place throws in
            try place.link("data", to: "/volume")
            // A link in the volume is one of the container's root, too.
            try FileManager.default.createSymbolicLink(
                atPath: "\(place.directory)/link", withDestinationPath: "/elsewhere")
            var tree = RootedTree(try File.openDirectory(place.root))
            let volume = try tree.walk("/data", making: .directory)
            #expect(volume.path == "/volume" && volume.isDirectory)
            tree.cover(volume, with: try File.open(place.directory, [.path]))
            #expect(try tree.walk("/data/sub", making: .file).path == "/volume/sub")
            #expect(try FileStatus("\(place.directory)/sub").isDirectory == false)
            #expect(!File.exists("\(place.root)/volume/sub"))
            #expect(try tree.walk("/volume/link/x", making: .directory).path == "/elsewhere/x")
            #expect(place.isDirectory("elsewhere/x"))
        }
    }

    /// Somebody swaps a component between a directory and a link to the outside while it is walked.
    @Test func aComponentThatIsSwappedLeadsNowhereElse() async throws {
        let place = Place(base: "/tmp/mounts-\(UUID().uuidString)")
        for path in ["\(place.root)/swap", place.outside] { try Directory.make(path, mode: 0o755) }
        defer { try? FileManager.default.removeItem(atPath: place.base) }
        try place.link("other", to: place.outside)
        let swapper = try Swapper("\(place.root)/swap", "\(place.root)/other")
        var inside = 0
        for index in 0..<2000 {
            let path = try resolve(place, "/swap/x\(index % 50)")
            if path == "/swap/x\(index % 50)" { inside += 1 }
            #expect(path.hasPrefix("/swap/") || path.hasPrefix("\(place.outside)/"))
        }
        try await swapper.stop()
        // Both forms have been met, or nothing was tested.
        #expect(inside > 0 && inside < 2000)
        #expect(try Directory.list(place.outside) == [])
    }
}

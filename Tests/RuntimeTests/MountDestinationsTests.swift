import Foundation
import Glibc
import Runtime
import Sys
import Testing

@Suite("Mount destinations", .timeLimit(.minutes(1)))
struct MountDestinationsTests {
    /// A root, a directory and a file to mount, and a directory that must stay as it is.
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

    private func resolve(_ place: Place, _ destination: String, file: Bool = false) throws -> String {
        var destinations = try MountDestinations(rootfs: place.root)
        return try destinations.resolve(destination, source: file ? place.file : place.directory)
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
                (($0 as? RuntimeError)?.cause as? SysError)?.code == .loop && "\($0)".contains("/a/x")
            }
        }
    }

    @Test func aLongButFiniteChainIsFollowed() throws {
        try withPlace { place throws in
            for index in 0..<200 { try place.link("l\(index)", to: "l\(index + 1)") }
            #expect(try resolve(place, "/l0") == "/l200")
        }
    }

    @Test func kindsThatDifferAreRefused() throws {
        try withPlace { place throws in
            try Directory.make("\(place.root)/dir", mode: 0o755)
            try File.writeAtomically([], to: "\(place.root)/plain", mode: 0o644)
            func code(_ path: String, file: Bool) -> Errno? {
                do {
                    _ = try resolve(place, path, file: file)
                    return nil
                } catch { return ((error as? RuntimeError)?.cause as? SysError)?.code }
            }
            #expect(code("/plain", file: false) == .notDirectory)
            #expect(code("/plain/sub", file: false) == .notDirectory)
            #expect(code("/dir", file: true) == .isDirectory)
            #expect(code("/plain", file: true) == nil)
        }
    }

    @Test func aMissingSourceIsNamed() throws {
        try withPlace { place throws in
            var destinations = try MountDestinations(rootfs: place.root)
            #expect { try destinations.resolve("/a", source: "/nonexistent/source") } throws: {
                "\($0)".contains("mount source /nonexistent/source")
            }
            #expect(!place.isDirectory("a"))
        }
        #expect(throws: RuntimeError.self) { try MountDestinations(rootfs: "/nonexistent/root") }
    }

    @Test func aMountInsideAMountIsMadeInItsSource() throws {
        try withPlace { place throws in
            try place.link("data", to: "/volume")
            // A link in the volume is one of the container's root, too.
            try FileManager.default.createSymbolicLink(
                atPath: "\(place.directory)/link", withDestinationPath: "/elsewhere")
            var destinations = try MountDestinations(rootfs: place.root)
            #expect(try destinations.resolve("/data", source: place.directory) == "/volume")
            #expect(try destinations.resolve("/data/sub", source: place.file) == "/volume/sub")
            #expect(try FileStatus("\(place.directory)/sub").isDirectory == false)
            #expect(!File.exists("\(place.root)/volume/sub"))
            #expect(try destinations.resolve("/volume/link/x", source: place.directory) == "/elsewhere/x")
            #expect(place.isDirectory("elsewhere/x"))
            // Below a file nothing can be.
            #expect(throws: RuntimeError.self) {
                try destinations.resolve("/data/sub/below", source: place.directory)
            }
        }
    }

    /// Somebody swaps a component between a directory and a link to the outside while it is walked.
    @Test func aComponentThatIsSwappedLeadsNowhereElse() throws {
        try withPlace { place throws in
            try Directory.make("\(place.root)/swap", mode: 0o755)
            try place.link("other", to: place.outside)
            let stop = Flag()
            let root = place.root
            // Glibc's overlay for Swift leaves renameat2(2) out.
            typealias Rename =
                @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
            let symbol = try #require(dlsym(nil, "renameat2"))
            let exchange = unsafeBitCast(symbol, to: Rename.self)
            let thread = Thread {
                // RENAME_EXCHANGE
                while !stop.isSet { _ = exchange(AT_FDCWD, "\(root)/swap", AT_FDCWD, "\(root)/other", 2) }
                stop.finished()
            }
            thread.start()
            var inside = 0
            for index in 0..<2000 {
                let path = try resolve(place, "/swap/x\(index % 50)")
                if path == "/swap/x\(index % 50)" { inside += 1 }
                #expect(path.hasPrefix("/swap/") || path.hasPrefix("\(place.outside)/"))
            }
            stop.set()
            // Both forms have been met, or nothing was tested.
            #expect(inside > 0 && inside < 2000)
        }
    }

    private final class Flag: @unchecked Sendable {
        // Guarded by the condition.
        private var value = false
        private var done = false
        private let condition = NSCondition()

        var isSet: Bool { condition.withLock { value } }

        /// Asks the thread to end, and waits for it.
        func set() {
            condition.withLock {
                value = true
                while !done { condition.wait() }
            }
        }

        func finished() {
            condition.withLock {
                done = true
                condition.signal()
            }
        }
    }
}

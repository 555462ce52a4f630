import Foundation
import Glibc
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// Images that were made to do harm: nothing outside of their root is touched, and a container runs or its creation fails.
@Suite("Hostile images", .requires(.root), .serialized, .timeLimit(.minutes(2)))
struct HostileImageTests {
    /// How the launcher of a release goes about it.
    private static let launched: [Launched] = Launched.underTest

    private static func recipe(
        _ launched: Launched, _ edit: @escaping @Sendable (inout JSONValue, String) throws -> Void
    ) -> TestContainer.Recipe {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.launchPath = launched.path
        recipe.edit = edit
        return recipe
    }

    /// What is mounted at or below a path, in this process's namespace.
    private func mounts(below path: String) throws -> [String] {
        try File.readText("/proc/self/mountinfo", limit: 16 << 20).split(separator: "\n")
            .map { String($0.split(separator: " ")[4]) }.filter { $0.hasPrefix(path) }
    }

    @Test("whose /proc, /dev, /sys and /tmp are links to the host", arguments: launched)
    func links(_ launched: Launched) async throws {
        let outside = try TemporaryDirectory("restore-outside")
        try outside.write("the host's", to: "secret")
        for name in ["proc", "dev", "sys", "tmp", "etc"] {
            for target in [outside.path, "../../../../../../../.." + outside.path] {
                let recipe = Self.recipe(launched) { spec, bundle in
                    let path = "\(bundle)/rootfs/\(name)"
                    if File.exists(path) { try Directory.remove(path) }
                    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
                    spec["mounts"] = [
                        ["destination": "/proc", "type": "proc", "source": "proc"],
                        ["destination": "/dev", "type": "tmpfs", "source": "tmpfs"],
                        ["destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]],
                        ["destination": "/tmp", "type": "tmpfs", "source": "tmpfs"],
                    ]
                }
                do {
                    try await TestContainer.with(launched.release, recipe) { test in
                        let read = try await test.exec(
                            "sh", "-c", "cat /\(name)/secret \(outside.path)/secret; echo x >/\(name)/new")
                        #expect(!read.output.contains("the host's"), "\(name): \(read)")
                    }
                } catch let error as RuntimeError {
                    // Refused is as good; what refuses is named.
                    #expect("\(error)".contains(name), "\(error)")
                }
                #expect(try Directory.list(outside.path) == ["secret"], "\(name)")
                #expect(try mounts(below: outside.path) == [])
            }
        }
    }

    @Test(
        "with devices, FIFOs and sockets, which open nothing of the host's and hold nobody up",
        arguments: launched)
    func specialFiles(_ launched: Launched) async throws {
        let recipe = Self.recipe(launched) { _, bundle in
            // The host's memory and its first disk.
            for (name, kind, device) in [
                ("mem", S_IFCHR, Self.makedev(1, 1)), ("disk", S_IFBLK, Self.makedev(254, 0)),
                ("fifo", S_IFIFO, 0),
            ] {
                guard mknod("\(bundle)/rootfs/\(name)", kind | 0o666, device) == 0 else {
                    throw SysError("mknod", name, .current)
                }
            }
            _ = try UnixSocket.bind(.path("\(bundle)/rootfs/socket"))
        }
        try await TestContainer.with(launched.release, recipe) { test in
            for name in ["mem", "disk"] {
                let read = try await test.exec("busybox", "head", "-c", "16", "/\(name)")
                #expect(read.code != 0, "\(name): \(read)")
            }
            let through = try await test.exec("sh", "-c", "echo through >/fifo & cat /fifo")
            // The releases refuse it; a file system of their own, over the root, has FIFOs that work.
            #expect(through.code != 0 || through.output == "through\n", "\(through)")
            #expect(try await test.exec("cat", "/socket").code != 0)
        }
    }

    @Test("with a directory of twenty thousand files and a deep path", arguments: launched)
    func size(_ launched: Launched) async throws {
        let recipe = Self.recipe(launched) { _, bundle in
            let directory = "\(bundle)/rootfs/huge"
            try Directory.make(directory, mode: 0o755)
            for number in 0..<20_000 {
                _ = try File.open("\(directory)/file-with-a-long-name-\(number)", [.create, .writeOnly])
            }
            var deep = try File.openDirectory("\(bundle)/rootfs")
            for _ in 0..<700 {
                guard mkdirat(deep.raw, "deep", 0o755) == 0 else { throw SysError("mkdir", "deep", .current) }
                deep = try File.openInside(deep, "deep")
            }
        }
        try await TestContainer.with(launched.release, recipe) { test in
            let count = try await test.exec("sh", "-c", "busybox ls /huge | busybox wc -l")
            #expect(count.output == "20000\n")
            let deep = try await test.exec(
                "sh", "-c", "i=0; while cd deep 2>/dev/null; do i=$((i+1)); done; echo $i")
            #expect(deep.output == "700\n", "\(deep)")
        }
    }

    private static func makedev(_ major: UInt64, _ minor: UInt64) -> dev_t {
        dev_t(major << 8 | minor)
    }
}

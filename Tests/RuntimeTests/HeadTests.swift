import Glibc
import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

/// What upstream's current release has and the others have not; all else is tested with it as with them.
@Suite(
    "Upstream's current release", .serialized, .timeLimit(.minutes(1)),
    .enabled(
        if: Requirement.runsc(.head).missing == nil,
        "no runsc in RUNSC_HEAD: upstream's current release is in no package that setup could install"))
struct HeadTests {
    private func output(_ test: TestContainer, _ process: JSONValue) async throws -> String {
        let pipe = try Sys.Pipe()
        let null = try File.open("/dev/null", [.readWrite])
        let pid = try await test.container.exec(
            OCI.Process.parse(process.serialised()),
            stdio: .files(input: null, output: pipe.write, error: pipe.write))
        pipe.write.close()
        #expect(await test.container.waitExec(pid).code == 0)
        let text = try await AsyncFD(pipe.read).read(upTo: 65536)
        return String(decoding: text, as: UTF8.self)
    }

    @Test("its contract is recognised, whatever its version")
    func contract() async throws {
        try await TestContainer.with(.head, TestContainer.Recipe("true")) { test in
            let container = try #require(test.container as? RunscContainer)
            #expect(container.launch.contract.release == .head)
        }
    }

    @Test("a container sees its limit of CPU time")
    func quota() async throws {
        var recipe = TestContainer.Recipe(
            "cat", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us")
        recipe.edit = { spec, _ in
            spec[["linux", "resources"]] = ["cpu": ["quota": 150_000, "period": 50_000]]
            spec["mounts"] = .array(
                (spec["mounts"]?.array ?? []) + [
                    ["type": "sysfs", "source": "sysfs", "destination": "/sys"],
                    ["type": "cgroup", "source": "cgroup", "destination": "/sys/fs/cgroup"],
                ])
        }
        try await TestContainer.with(.head, recipe) { test in
            let lines = try await test.lines { $0.count == 2 }
            #expect(lines == ["150000", "50000"])
        }
    }

    @Test("an overlay ends at its size", arguments: ["root:self,size=1m", "root:memory,size=1m"])
    func overlaySize(_ overlay: String) async throws {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.flags = ["overlay2": overlay]
        try await TestContainer.with(.head, recipe) { test in
            let write = "busybox dd if=/dev/zero of=/etc/large bs=1024"
            let small = try await test.exec("sh", "-c", "\(write) count=100")
            #expect(small.code == 0, "\(small)")
            let large = try await test.exec("sh", "-c", "\(write) count=2000")
            #expect(large.code != 0 && large.output.contains("No space left"), "\(large)")
        }
    }

    @Test("an exec that may gain no privileges gains none by a set-uid bit", arguments: [true, false])
    func noNewPrivileges(_ wanted: Bool) async throws {
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.flags = ["allow-suid": "true"]
        recipe.edit = { _, bundle in
            try #require(chmod("\(bundle)/rootfs/bin/busybox", 0o4755) == 0)
        }
        try await TestContainer.with(.head, recipe) { test in
            let process: JSONValue = [
                "args": ["cat", "/proc/self/status"], "cwd": "/", "env": ["PATH=/bin"],
                "user": ["uid": 1000, "gid": 1000], "noNewPrivileges": .bool(wanted),
            ]
            let text = try await output(test, process)
            // Busybox gives up at once what it has gained; its saved user tells.
            #expect(text.contains("Uid:\t1000\t1000\t\(wanted ? 1000 : 0)\t"), "\(text)")
        }
    }

    @Test("the root's hints may limit its overlay, and leave directfs out")
    func rootfsHint() async throws {
        var recipe = TestContainer.Recipe("sleep", "1000")
        let hints = [
            "source": "/unused", "type": "bind", "overlay": "memory", "options": "size=1m", "directfs": "off",
        ]
        recipe.annotations = Dictionary(
            uniqueKeysWithValues: hints.map { ("dev.gvisor.spec.rootfs.\($0)", $1) })
        try await TestContainer.with(.head, recipe) { test in
            let large = try await test.exec(
                "/bin/sh", "-c", "busybox dd if=/dev/zero of=/large bs=1024 count=2000")
            #expect(large.code != 0 && large.output.contains("No space left"), "\(large)")
        }
    }

    @Test(
        "the gofer calls hooks with the container's files in place; one that fails is the creation's failure")
    func createContainerHooks() async throws {
        func recipe(_ script: String) -> TestContainer.Recipe {
            var recipe = TestContainer.Recipe("sleep", "1000")
            recipe.edit = { spec, bundle in
                let hook: JSONValue = [
                    "path": "/bin/sh", "args": ["sh", "-c", .string(script)],
                    "env": [.string("BUNDLE=\(bundle)")],
                ]
                spec["hooks"] = ["createContainer": [hook]]
            }
            return recipe
        }
        try await TestContainer.with(
            .head, recipe("cat > $BUNDLE/state; ls $BUNDLE/rootfs/bin > $BUNDLE/seen")
        ) {
            test in
            let state = try JSONValue.parse(File.read("\(test.bundle)/state"))
            #expect(state["id"]?.string == test.container.id && state["status"] == "creating")
            #expect(try File.readText("\(test.bundle)/seen").contains("busybox"))
        }
        await #expect {
            try await TestContainer.with(.head, recipe("echo no such luck >&2; exit 1")) { _ in }
        } throws: { error in
            "\(error)".contains("CreateContainer hooks")
        }
    }
}

import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// A sandbox with more than one container is saved and restored as a whole.
@Suite("Checkpoint and restore of a pod", .serialized, .timeLimit(.minutes(2)))
struct PodCheckpointTests {
    /// The releases that can do more than the oldest.
    private static let newer = RunscRelease.underTest.filter { $0 != .r22 }

    /// - Parameter names: What a kubelet calls the members; without names their order counts.
    @Test("both members go on from where they were", arguments: newer, [["a", "b"], []])
    func restores(_ release: RunscRelease, _ names: [String]) async throws {
        let image = try TemporaryDirectory("restore-image")
        let pod = try await TestPod(release, names: names)
        var last = [0, 0]
        try await pod.run {
            try await pod.start()
            for member in [0, 1] { last[member] = try await pod.count(member, to: 5).last ?? 0 }
            try await pod.members[1].checkpoint(to: image.path, leaveRunning: false)
            for member in [0, 1] {
                _ = await pod.members[member].wait()
                last[member] = try await pod.count(member, to: .max).last ?? last[member]
            }
            // The files are no part of the image, and a container that has a name may come at any time.
            let copy = try await TestPod(
                release, names: names, image: image.path, roots: pod, inReverse: !names.isEmpty)
            try await copy.run {
                try await copy.start()
                for member in [0, 1] {
                    #expect(try await copy.count(member, to: last[member] + 5).first == last[member] + 1)
                    #expect(try await copy.members[member].processes().count >= 1)
                }
                // They are containers as any others.
                try await copy.members[0].signal(Signal.terminate, to: .initProcess)
                #expect(await copy.members[0].wait().code == 143)
                #expect(try await copy.members[1].status() == .running)
                #expect(try await copy.root.status() == .running)
            }
        }
    }

    @Test("while containers are missing nothing runs, and all can be ended", arguments: newer)
    func waitsForAll(_ release: RunscRelease) async throws {
        let image = try TemporaryDirectory("restore-image")
        let pod = try await TestPod(release, names: [])
        try await pod.run {
            try await pod.start()
            _ = try await pod.count(0, to: 1)
            try await pod.root.checkpoint(to: image.path, leaveRunning: true)
            let copy = try await TestPod(release, names: [], image: image.path, roots: pod)
            try await copy.run {
                try await copy.members[0].start()
                await #expect(throws: RuntimeError.self) {
                    try await copy.members[0].signal(Signal.terminate, to: .initProcess)
                }
                try await copy.members[0].signal(Signal.kill, to: .all)
                #expect(await copy.members[0].wait().code == 137)
                #expect(await copy.root.wait().code == 137)
            }
        }
    }

    @Test("the older release cannot restore it, so it does not save it either")
    func refuses() async throws {
        let image = try TemporaryDirectory("restore-image")
        let pod = try await TestPod(.r22, names: [])
        try await pod.run {
            try await pod.start()
            _ = try await pod.count(1, to: 1)
            let error = await #expect(throws: RuntimeError.self) {
                try await pod.root.checkpoint(to: image.path, leaveRunning: false)
            }
            #expect(error?.kind == .unsupported)
            #expect(
                error?.message.contains("not supported by runsc 0.0~20221219.0") == true, "\(error as Any)")
            #expect(try Directory.list(image.path) == [])
            _ = try await pod.count(0, to: 5)
        }
    }
}

/// A pod whose root container waits, and whose two members count for ever, a line for each number.
private struct TestPod: Sendable {
    let directory: TemporaryDirectory
    let root: any Container
    /// In the order of their numbers, not of their making.
    let members: [any Container]
    private let order: [Int]
    private let outputs: [AsyncFD]

    /// - Parameter roots: The pod whose containers' root file systems it has.
    init(
        _ release: RunscRelease, names: [String], image: String? = nil, roots: TestPod? = nil,
        inReverse: Bool = false
    ) async throws {
        let directory = try TemporaryDirectory("pod")
        let id = "p\(UInt32.random(in: 0 ... .max))"
        let runsc = Runsc(
            configuration: RuntimeConfiguration(
                binary: release.program, root: directory.path("run"), flags: ["overlay2": "none"]))
        let home = (roots?.directory ?? directory).path
        func create(_ name: String, _ args: [String], _ kind: String, _ title: String?) async throws
            -> (any Container, AsyncFD)
        {
            let rootfs = "\(home)/\(name)/rootfs"
            if roots == nil { try Self.makeRoot(rootfs) }
            var annotations = ["container-type": kind, "sandbox-id": id]
            annotations["container-name"] = title
            let spec: JSONValue = [
                "ociVersion": "1.0.2",
                "process": [
                    "args": JSONValue(args), "cwd": "/", "env": ["PATH=/bin"], "user": ["uid": 0, "gid": 0],
                ],
                "root": ["path": .string(rootfs)],
                "annotations": JSONValue(
                    Dictionary(
                        uniqueKeysWithValues: annotations.map { ("io.kubernetes.cri.\($0.key)", $0.value) })),
                "mounts": [["destination": "/proc", "type": "proc", "source": "proc"]],
                "linux": ["namespaces": [["type": "pid"], ["type": "network"], ["type": "mount"]]],
            ]
            try directory.write(
                String(decoding: spec.serialised(), as: UTF8.self), to: "\(name)/config.json")
            let pipe = try Sys.Pipe()
            defer { pipe.write.close() }
            let null = try File.open("/dev/null", [.readWrite])
            var request = CreateRequest(
                id: kind == "sandbox" ? id : "\(id)-\(name)", bundle: directory.path(name),
                stdio: .files(input: null, output: pipe.write, error: pipe.write))
            request.checkpoint = image
            return (try await runsc.create(request), try AsyncFD(pipe.read))
        }
        let first = try await create("root", ["sleep", "1000"], "sandbox", nil).0
        let order = inReverse ? [1, 0] : [0, 1]
        var made: [Int: (any Container, AsyncFD)] = [:]
        do {
            // A Sentry takes containers in only once its own runs; one that is restored makes no difference there.
            try await first.start()
            for index in order {
                made[index] = try await create(
                    "member\(index)",
                    ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; busybox usleep 20000; done"],
                    "container", names.isEmpty ? nil : names[index])
            }
        } catch {
            try await first.destroy()
            throw error
        }
        self.directory = directory
        root = first
        self.order = order
        members = made.sorted { $0.key < $1.key }.map(\.value.0)
        outputs = made.sorted { $0.key < $1.key }.map(\.value.1)
    }

    private static func makeRoot(_ path: String) throws {
        let files = FileManager.default
        for name in ["bin", "proc", "tmp", "dev", "etc"] {
            try files.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: "/bin/busybox", toPath: "\(path)/bin/busybox")
        for name in ["sh", "echo", "sleep"] {
            try files.createSymbolicLink(atPath: "\(path)/bin/\(name)", withDestinationPath: "busybox")
        }
    }

    /// Starts the members, in the order in which they were made.
    func start() async throws { for index in order { try await members[index].start() } }

    /// Lets `body` use the pod, destroys it, and expects that nothing is left.
    func run(_ body: () async throws -> Void) async throws {
        do { try await body() } catch { Issue.record(error) }
        for member in members { try await member.destroy() }
        try await root.destroy()
        #expect(
            try Directory.list(directory.path("run")).filter {
                $0.hasPrefix("runsc-") || $0.contains("_sandbox")
            } == [])
    }

    /// The next numbers of a member, until `end` is among them or exceeded, or until it has ended.
    func count(_ member: Int, to end: Int) async throws -> [Int] {
        try await withDeadline(.seconds(30), "numbers of member \(member)") { [outputs] in
            var text: [UInt8] = []
            while true {
                let bytes = try await outputs[member].read(upTo: 65536)
                text += bytes
                let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
                    Int($0)
                }
                let isWhole = text.last == UInt8(ascii: "\n")
                if bytes.isEmpty || isWhole && lines.last ?? 0 >= end { return lines }
            }
        }
    }
}

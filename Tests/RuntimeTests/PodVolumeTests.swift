import Foundation
import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

@Suite("Volumes of a pod", .serialized, .timeLimit(.minutes(2)))
struct PodVolumeTests {
    private static let prefix = "dev.gvisor.spec.mount."

    private static func document(_ annotations: [String: String], mounts: JSONValue = []) throws
        -> SpecDocument
    {
        try SpecDocument(raw: ["annotations": JSONValue(annotations), "mounts": mounts])
    }

    private static func bind(_ source: String, _ destination: String) -> JSONValue {
        [
            "type": "bind", "source": .string(source), "destination": .string(destination),
            "options": ["rbind", "rprivate", "noexec"],
        ]
    }

    @Test(
        "are found where the kubelet keeps them",
        arguments: [
            ["io.kubernetes.cri.sandbox-uid": "u-1"],
            ["io.kubernetes.cri.sandbox-log-directory": "/var/log/pods/ns_name_u-1"],
        ])
    func found(_ pod: [String: String]) throws {
        let kubelet = try TemporaryDirectory("pods")
        let volumes = kubelet.path("u-1/volumes")
        for path in [
            "kubernetes.io~empty-dir/own", "kubernetes.io~empty-dir/forced", "kubernetes.io~csi/disk",
        ] { try Directory.make("\(volumes)/\(path)", mode: 0o755) }
        try kubelet.write("", to: "u-1/volumes/kubernetes.io~empty-dir/used/socket")
        try kubelet.write("", to: "u-1/volumes/kubernetes.io~empty-dir/own/.gvisor.filestore.x")
        var annotations = pod
        for name in ["own", "forced", "used", "disk"] {
            annotations[Self.prefix + name + ".type"] = "bind"
            annotations[Self.prefix + name + ".share"] = "pod"
        }
        annotations["dev.gvisor.empty-dir.forced.force-shared"] = "true"
        var document = try Self.document(annotations)
        try PodVolumes(kubelet: kubelet.path).complete(&document)
        let hints = try MountHints(document.spec.annotations)
        func hint(_ name: String) -> MountHints.Hint? { hints.hints.first { $0.name == name } }
        #expect(hint("own")?.source == "\(volumes)/kubernetes.io~empty-dir/own")
        #expect(hint("own")?.kind == .tmpfs && hint("own")?.share == .pod)
        // The host's processes are to see these, and it theirs.
        #expect(hint("forced")?.kind == .bind && hint("forced")?.share == .shared)
        #expect(hint("used")?.kind == .bind && hint("used")?.share == .shared)
        #expect(hint("disk")?.source == "\(volumes)/kubernetes.io~csi/disk")
        #expect(hint("disk")?.kind == .bind && hint("disk")?.share == .pod)
    }

    @Test func whatTheKubeletDoesNotHaveIsRefusedByName() throws {
        let kubelet = try TemporaryDirectory("pods")
        var document = try Self.document([
            "io.kubernetes.cri.sandbox-uid": "u-1", Self.prefix + "a.type": "tmpfs",
        ])
        #expect {
            try PodVolumes(kubelet: kubelet.path).complete(&document)
        } throws: {
            "\($0)".contains(
                "mount.a: expected one volume of the name in \(kubelet.path)/u-1/volumes, found 0")
        }
        // Without a pod nobody knows where to look; with a source nobody has to.
        for annotations in [
            [Self.prefix + "a.type": "tmpfs"],
            [
                Self.prefix + "a.type": "tmpfs", Self.prefix + "a.source": "/x",
                "io.kubernetes.cri.sandbox-uid": "u",
            ],
        ] {
            var document = try Self.document(annotations)
            try PodVolumes(kubelet: kubelet.path).complete(&document)
            #expect(document.spec.annotations == annotations)
        }
    }

    @Test func emptyDirsInMemoryAndSharedMemoryAreMountsOfTheSandbox() throws {
        let source = "/var/lib/kubelet/pods/u/volumes/kubernetes.io~empty-dir/m"
        var root = try Self.document(
            [
                Annotations.Key.containerType: "sandbox",
                Self.prefix + "m.type": "tmpfs", Self.prefix + "m.share": "pod",
                Self.prefix + "m.source": source,
            ], mounts: [Self.bind("/run/sandboxes/x/shm", "/dev/shm")])
        try PodVolumes().complete(&root)
        #expect(root.spec.mounts[0].type == "tmpfs" && root.spec.mounts[0].options == ["rprivate", "noexec"])
        let hints = try MountHints(root.spec.annotations)
        #expect(hints.sharedSources.sorted() == ["/run/sandboxes/x/shm", source])

        for (type, kept) in [("tmpfs", "tmpfs"), ("bind", "bind")] {
            var member = try Self.document(
                [Self.prefix + "m.type": type],
                mounts: [
                    ["type": "tmpfs", "source": "shm", "destination": "/dev/shm"],
                    Self.bind("/run/sandboxes/x/shm", "/dev/shm"), Self.bind(source, "/data"),
                ])
            try PodVolumes().use(hints, in: &member)
            #expect(member.spec.mounts.map(\.destination) == ["/dev/shm", "/data"])
            #expect(member.spec.mounts.map(\.type) == ["tmpfs", kept])
            #expect(member.spec.mounts[0].source == "/run/sandboxes/x/shm")
        }
        // A container that has another directory there, or the host's own, means it.
        for source in ["/dev/shm", "/somewhere/else"] {
            var member = try Self.document([:], mounts: [Self.bind(source, "/dev/shm")])
            try PodVolumes().use(hints, in: &member)
            #expect(member.spec.mounts[0].type == "bind")
        }
        for (annotations, source) in [
            ([Annotations.Key.containerType: "sandbox"], "/dev/shm"), ([:], "/somewhere/else"),
        ] {
            var document = try Self.document(annotations, mounts: [Self.bind(source, "/dev/shm")])
            let before = document
            try PodVolumes().complete(&document)
            #expect(document == before)
        }
    }

    @Test func theSizeIsThatOfTheHostsMount() {
        let table = MountTable(
            """
            36 25 0:31 / /run/x/shm rw,nosuid shared:9 - tmpfs shm rw,size=65536k,inode64
            37 25 0:32 / /run/y/shm rw - ext4 /dev/a rw,size=1

            """)
        #expect(PodVolumes.size(of: "/run/x/shm", in: table) == "65536k")
        #expect(PodVolumes.size(of: "/run/y/shm", in: table) == nil)
        #expect(PodVolumes.size(of: "/run", in: table) == nil)
    }

    @Test(
        "/dev/shm is the sandbox's, and a log is beside those of the pod", arguments: RunscRelease.underTest)
    func sharedMemory(_ release: RunscRelease) async throws {
        let shared = try TemporaryDirectory("shm")
        let logs = try TemporaryDirectory("logs")
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.annotations = [
            Annotations.Key.containerType: "sandbox",
            Annotations.Key.sandboxLogDirectory: logs.path("ns_pod_uid"),
        ]
        recipe.edit = { spec, _ in spec["mounts"] = [Self.bind(shared.path, "/dev/shm")] }
        try await TestContainer.with(release, recipe) { test in
            let seen = try await test.exec(
                "sh", "-c",
                "echo x > /dev/shm/word; busybox stat -c %a /dev/shm; busybox stat -f -c %T /dev/shm")
            #expect(seen.output == "1777\ntmpfs\n", "\(seen)")
            #expect(try Directory.list(shared.path) == [])
            #expect(File.exists(logs.path("ns_pod_uid/gvisor.log")))
        }
    }

    @Test(
        "a directory that a container of no pod has at /dev/shm is that directory",
        arguments: RunscRelease.underTest)
    func directoryAtSharedMemory(_ release: RunscRelease) async throws {
        let shared = try TemporaryDirectory("shm")
        try shared.write("host", to: "word")
        var recipe = TestContainer.Recipe("sleep", "1000")
        recipe.edit = { spec, _ in spec["mounts"] = [Self.bind(shared.path, "/dev/shm")] }
        try await TestContainer.with(release, recipe) { test in
            let seen = try await test.exec("sh", "-c", "cat /dev/shm/word; echo back > /dev/shm/answer")
            #expect(seen.output == "host", "\(seen)")
        }
        #expect(try File.readText(shared.path("answer")) == "back\n")
    }
}

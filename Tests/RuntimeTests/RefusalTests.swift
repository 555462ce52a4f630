import OCI
import Testing

@testable import Runtime

/// What a container would not get is refused before anything is made.
@Suite("What is not supported")
struct RefusalTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var flags: [String: String] = [:]
        let spec: JSONValue
    }

    private static let cases = [
        Case(
            testDescription: "/dev/nvidiactl: GPUs (flag \"nvproxy\")", flags: ["nvproxy": "true"],
            spec: ["linux": ["devices": [["path": "/dev/null"], ["path": "/dev/nvidiactl"]]]]),
        Case(
            testDescription: "/dev/vfio/0: TPUs (flag \"tpuproxy\")",
            spec: [
                "annotations": ["dev.gvisor.internal.tpuproxy": "true"],
                "linux": ["devices": [["path": "/dev/vfio/0"]]],
            ]),
        Case(
            testDescription: "NVIDIA_VISIBLE_DEVICES: GPUs", flags: ["nvproxy": "true"],
            spec: [
                "process": ["args": ["x"], "cwd": "/", "env": ["A=b", "NVIDIA_VISIBLE_DEVICES=all"]],
                "hooks": ["prestart": [["path": "/usr/bin/nvidia-container-runtime-hook"]]],
            ]),
        Case(testDescription: "flag \"network\": \"plugin\"", flags: ["network": "plugin"], spec: [:]),
        Case(
            testDescription: "flag \"pod-init-config\"", flags: ["pod-init-config": "/x"], spec: [:]),
    ]

    private static func refuse(_ spec: JSONValue, _ flags: [String: String]) throws {
        try Launch.refuse(
            SpecDocument(raw: spec), RuntimeConfiguration(binary: "/runsc", root: "/run", flags: flags),
            GoldenContract.load("r24"))
    }

    @Test(arguments: cases)
    private func isNamed(_ refused: Case) throws {
        #expect {
            try Self.refuse(refused.spec, refused.flags)
        } throws: { error in
            (error as? RuntimeError)?.kind == .unsupported && "\(error)".contains(refused.testDescription)
        }
    }

    @Test(
        "layers of a root by annotation, by the release that knows them",
        arguments: [("r24", false), ("head", true)])
    func layers(_ release: String, _ isRefused: Bool) throws {
        let document = try SpecDocument(raw: ["annotations": ["dev.gvisor.tar.rootfs.upper": "/x.tar"]])
        let configuration = RuntimeConfiguration(binary: "/runsc", root: "/run")
        let contract = try GoldenContract.load(release)
        var refusal = ""
        do { try Launch.refuse(document, configuration, contract) } catch { refusal = "\(error)" }
        #expect(refusal.contains("annotations.dev.gvisor.tar.rootfs.upper") == isRefused)
    }

    @Test func whoDoesNotAskForItIsNotRefused() throws {
        let devices: JSONValue = [
            "linux": ["devices": [["path": "/dev/nvidiactl"], ["path": "/dev/accel0"]]]
        ]
        try Self.refuse(devices, [:])
        try Self.refuse([:], ["nvproxy": "true", "tpuproxy": "true"])
        for value in ["", "void"] {
            try Self.refuse(
                [
                    "process": [
                        "args": ["x"], "cwd": "/", "env": [.string("NVIDIA_VISIBLE_DEVICES=\(value)")],
                    ]
                ],
                ["nvproxy": "true", "nvproxy-docker": "true"])
        }
    }

    @Test func theDefaultFilterIsLeftOutWhereThePodSaysThatItIsOne() throws {
        for (value, isLeftOut) in [("RuntimeDefault", true), ("Localhost", false)] {
            var document = try SpecDocument(raw: [
                "annotations": [
                    "io.kubernetes.cri.container-name": "c", "dev.gvisor.internal.seccomp.c": .string(value),
                ],
                "linux": ["seccomp": ["defaultAction": "SCMP_ACT_ERRNO"]],
            ])
            try document.leaveOutDefaultSeccomp()
            #expect((document.raw[["linux", "seccomp"]] == nil) == isLeftOut)
        }
    }
}

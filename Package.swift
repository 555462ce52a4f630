// swift-tools-version: 6.2
// The architecture in one place: a target may import only the targets that it names here, and they
// only point down. `make check` builds with --explicit-target-dependency-import-check error.
import PackageDescription

let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let c: [CSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-std=gnu17"])
]
// #embed is C23.
let fakeC: [CSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-std=gnu23"])
]
let cxx: [CXXSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti"])
]

let package = Package(
    name: "containerd-shim-runsc-v1",
    products: [
        .executable(name: "containerd-shim-runsc-v1", targets: ["containerd-shim-runsc-v1"])
    ],
    targets: [
        // 4: the executable
        .executableTarget(
            name: "containerd-shim-runsc-v1", dependencies: ["Shim"], swiftSettings: swift),

        // 3: what containerd sees
        .target(
            name: "Shim", dependencies: ["Proc", "TTRPC", "Messages", "Runtime", "OCI", "Sys", "TOML"],
            swiftSettings: swift),

        // 2: the life of a process; the protocol
        .target(name: "Proc", dependencies: ["Runtime", "OCI", "Sys"], swiftSettings: swift),
        .target(name: "TTRPC", dependencies: ["Messages", "Sys"], swiftSettings: swift),

        // 1: one sandbox on this host
        .target(name: "Runtime", dependencies: ["OCI", "Sys"], swiftSettings: swift),

        // 0: pure values, and the kernel
        .target(name: "OCI", dependencies: ["CJSON"], swiftSettings: swift),
        .target(name: "CJSON", cxxSettings: cxx),
        .target(name: "Messages", dependencies: ["CProto"], swiftSettings: swift),
        .target(name: "CProto", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(name: "TOML", dependencies: ["CTOML"], swiftSettings: swift),
        .target(name: "CTOML", cxxSettings: cxx),
        .target(name: "Sys", dependencies: ["CSys"], swiftSettings: swift),
        .target(name: "CSys", cSettings: c, linkerSettings: [.linkedLibrary("cap")]),

        // tests: one target per module, then the whole against real containerd and real runsc; fake-runsc fails as told
        .executableTarget(
            name: "fake-runsc", path: "Tools/fake-runsc", cSettings: fakeC,
            // The sanitizers' libraries are for dynamic programs only.
            linkerSettings: Context.environment["SANITIZE"] == nil
                ? [.unsafeFlags(["-static-executable"])] : []),
        .target(name: "CTestSupport", path: "Tests/CTestSupport", cSettings: c),
        // Executables that tests start: in place of a runsc that they cannot have, and to have calls of the shim fail.
        .executableTarget(name: "StandInRunsc", path: "Tests/StandInRunsc", cSettings: c),
        .executableTarget(name: "ErrorInjector", path: "Tests/ErrorInjector", cSettings: c),
        .target(
            name: "TestSupport", dependencies: ["CTestSupport", "Sys"], path: "Tests/TestSupport",
            swiftSettings: swift),
        .target(
            name: "RuntimeFakes", dependencies: ["Runtime", "OCI", "Sys"], path: "Tests/RuntimeFakes",
            swiftSettings: swift),
        .testTarget(name: "SysTests", dependencies: ["Sys", "TestSupport"], swiftSettings: swift),
        .testTarget(name: "OCITests", dependencies: ["OCI", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "MessagesTests", dependencies: ["Messages", "TestSupport"],
            exclude: ["make-golden.py"], resources: [.copy("Golden")], swiftSettings: swift),
        .testTarget(
            name: "TTRPCTests", dependencies: ["TTRPC", "Messages", "Sys", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "RuntimeTests", dependencies: ["Runtime", "OCI", "Sys", "TestSupport"],
            resources: [.copy("Golden")], swiftSettings: swift),
        .testTarget(
            name: "ProcTests",
            dependencies: ["Proc", "Runtime", "OCI", "Sys", "RuntimeFakes", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "ShimTests",
            dependencies: [
                "Shim", "Proc", "TTRPC", "Messages", "Runtime", "OCI", "Sys", "RuntimeFakes", "TestSupport",
                "CTestSupport",
            ],
            swiftSettings: swift),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Messages", "TTRPC", "Sys", "TestSupport"],
            path: "Tests/EndToEnd",
            swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// Only libFuzzer's driver can link it: Tools/fuzz.sh says where that is.
if let driver = Context.environment["FUZZ_DRIVER"] {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: ["Shim", "TTRPC", "Messages", "Runtime", "OCI", "Sys", "TOML"], path: "Tests/Fuzz",
            exclude: ["Corpus"], swiftSettings: swift + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags([driver]), .linkedLibrary("stdc++")]))
}

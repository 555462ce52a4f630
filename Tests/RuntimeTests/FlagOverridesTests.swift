import OCI
import Runtime
import Testing

@Suite("Flags by annotation")
struct FlagOverridesTests {
    static func apply(
        _ annotations: [String: String], to flags: [String: String] = [:], _ release: String = "r24"
    ) throws -> [String: String] {
        let configuration = RuntimeConfiguration(binary: "/usr/bin/runsc", root: "/run/x", flags: flags)
        let applied = try configuration.applying(
            annotations: Annotations(annotations), contract: GoldenContract.load(release))
        #expect(applied.binary == "/usr/bin/runsc" && applied.root == "/run/x")
        return applied.flags
    }

    static func flag(_ name: String) -> String { "dev.gvisor.flag.\(name)" }
    static let bundle = "dev.gvisor.bundle.experimental-high-performance"

    @Test func configuredFlagsAreCheckedWithoutAnyAnnotation() throws {
        #expect(
            try Self.apply([:], to: ["debug": "1", "dcache": "0x10"]) == ["debug": "true", "dcache": "16"])
        let unknown = #expect(throws: RuntimeError.self) { try Self.apply([:], to: ["nonsense": "1"]) }
        #expect(unknown?.kind == .unsupported && unknown?.message.contains("\"nonsense\"") == true)
        let wrong = #expect(throws: RuntimeError.self) { try Self.apply([:], to: ["dcache": "big"]) }
        #expect(wrong?.kind == .invalid && wrong?.message.contains("\"dcache\"") == true)
    }

    /// The lists of runsc/config/flags.go, release by release.
    @Test(arguments: [
        ("r22", ["debug", "strace", "strace-syscalls", "strace-log-size", "oci-seccomp"]),
        (
            "r24",
            [
                "debug", "debug-to-user-log", "strace", "strace-syscalls", "strace-log-size", "host-uds",
                "net-disconnect-ok", "oci-seccomp",
            ]
        ),
        (
            "head",
            [
                "debug", "debug-command", "debug-to-user-log", "strace", "strace-syscalls", "strace-log-size",
                "host-uds", "net-disconnect-ok", "reproduce-nftables", "overlay2", "oci-seccomp",
                "pause-external-networking", "allow-connected-on-save", "qdisc", "qdisc-tbf-rate",
                "qdisc-tbf-burst",
            ]
        ),
    ])
    func onlyTheReleasesOwnListIsOpenToEverybody(_ release: String, _ open: [String]) throws {
        let contract = try GoldenContract.load(release)
        let harmless = ["overlay2": "root:memory", "qdisc": "tbf", "host-uds": "open"]
        var allowed: Set<String> = []
        for (name, flag) in contract.globalFlags {
            let value =
                flag.isBoolean || name == "net-raw" || name == "nvproxy-docker"
                ? "true" : flag.type == "duration" ? "1s" : harmless[name] ?? "1"
            if let flags = try? Self.apply([Self.flag(name): value], release) {
                #expect(flags == [name: value])
                allowed.insert(name)
            }
        }
        #expect(allowed == Set(open))
    }

    private static func apply(_ annotations: [String: String], _ release: String) throws -> [String: String] {
        try apply(annotations, to: [:], release)
    }

    @Test func theAdministratorMayAllowEveryFlag() throws {
        let flags = try Self.apply([Self.flag("platform"): "kvm"], to: ["allow-flag-override": "T"])
        #expect(flags == ["allow-flag-override": "true", "platform": "kvm"])
    }

    @Test func noAnnotationAllowsItself() throws {
        let error = #expect(throws: RuntimeError.self) {
            try Self.apply([Self.flag("allow-flag-override"): "true", Self.flag("platform"): "kvm"])
        }
        #expect(error?.kind == .invalid)
        #expect(
            error?.message
                == "annotation \"dev.gvisor.flag.allow-flag-override\": flag \"allow-flag-override\" "
                + "may not be overridden unless the configuration sets allow-flag-override")
    }

    @Test(arguments: ["root", "log-fd", "version", "nonsense", ""])
    func someFlagsAreNeverTaken(_ name: String) throws {
        // An annotation that is only the prefix names no flag, and is none.
        if name.isEmpty { #expect(try Self.apply(["dev.gvisor.flag.": "x"]) == [:]) }
        guard !name.isEmpty else { return }
        #expect(throws: RuntimeError.self) {
            try Self.apply([Self.flag(name): "1"], to: ["allow-flag-override": "true"])
        }
    }

    @Test func theRootOfTheConfigurationIsTheLaunchersOwn() throws {
        #expect(throws: RuntimeError.self) {
            try Self.apply([Self.flag("root"): "/tmp"], to: ["allow-flag-override": "true"])
        }
    }

    @Test func seccompMayBeSwitchedOnButNotOff() throws {
        #expect(try Self.apply([Self.flag("oci-seccomp"): "1"]) == ["oci-seccomp": "true"])
        #expect(throws: RuntimeError.self) {
            try Self.apply([Self.flag("oci-seccomp"): "f"], to: ["oci-seccomp": "true"])
        }
        let freed = try Self.apply(
            [Self.flag("oci-seccomp"): "f"], to: ["oci-seccomp": "true", "allow-flag-override": "true"])
        #expect(freed["oci-seccomp"] == "false")
    }

    @Test(arguments: [
        ("none", true), ("root:memory", true), ("all:self", true), ("root:self,size=1g", true),
        ("root:dir=/etc", false), ("all:dir=/,size=1g", false), ("", false), ("root", false),
        ("other:memory", false), ("root:memory:self", false),
    ])
    func anOverlayStaysOutOfTheHostsDirectories(_ value: String, _ isAllowed: Bool) throws {
        let flags = try? Self.apply([Self.flag("overlay2"): value], "head")
        #expect(flags == (isAllowed ? ["overlay2": value] : nil))
    }

    @Test func theRateMayBeLoweredButNotRaised() throws {
        let limits = ["qdisc-tbf-rate": "1000"]
        #expect(try Self.apply([Self.flag("qdisc-tbf-rate"): "0x3e8"], to: limits, "head") == limits)
        #expect(throws: RuntimeError.self) {
            try Self.apply([Self.flag("qdisc-tbf-rate"): "1001"], to: limits, "head")
        }
        #expect(throws: RuntimeError.self) { try Self.apply([Self.flag("qdisc"): "fifo"], "head") }
    }

    @Test func aValueOfAnotherTypeIsRefusedWithItsAnnotation() throws {
        let error = #expect(throws: RuntimeError.self) { try Self.apply([Self.flag("strace"): "maybe"]) }
        #expect(
            error?.message
                == "annotation \"dev.gvisor.flag.strace\": flag \"strace\": expected true or false, not \"maybe\""
        )
    }

    @Test func aBundleReplacesWhatIsConfiguredAndAFlagReplacesTheBundle() throws {
        let flags = try Self.apply(
            [Self.bundle: "true", Self.flag("overlay2"): "none"],
            to: ["platform": "kvm", "directfs": "false", "allow-flag-override": "true"])
        #expect(flags["platform"] == "systrap" && flags["directfs"] == "true" && flags["overlay2"] == "none")
    }

    @Test func aBundleNeedsNoPermission() throws {
        let flags = try Self.apply([Self.bundle: "true"])
        #expect(flags == ["platform": "systrap", "directfs": "true", "overlay2": "root:self"])
    }

    @Test func aBundleIsTrueOrAnError() throws {
        let error = #expect(throws: RuntimeError.self) { try Self.apply([Self.bundle: "false"]) }
        #expect(error?.message == "annotation \"\(Self.bundle)\": expected true, not \"false\"")
    }

    @Test func anUnknownBundleIsIgnoredAndSoIsAnyByAReleaseWithoutBundles() throws {
        #expect(try Self.apply(["dev.gvisor.bundle.retired": "true"]) == [:])
        #expect(try Self.apply([Self.bundle: "false"], "r22") == [:])
    }
}

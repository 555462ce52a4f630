import Foundation
import Runtime
import Synchronization
import Sys
import TestSupport
import Testing

/// What real binaries print.
enum GoldenContract {
    static func text(_ name: String) throws -> String {
        let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: "txt"))
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    static func load(_ release: String) throws -> Contract {
        try Contract(
            version: text("\(release)-version"), helpBoot: text("\(release)-help-boot"),
            helpGofer: text("\(release)-help-gofer"), flags: text("\(release)-flags"))
    }

    /// Answers as the binary does that the golden files are from.
    static func run(_ release: String) -> Contract.Run {
        { arguments in
            switch arguments {
            case ["--version"]: try text("\(release)-version")
            case ["help", "boot"]: try text("\(release)-help-boot")
            case ["help", "gofer"]: try text("\(release)-help-gofer")
            case ["flags"]: try text("\(release)-flags")
            default: throw ContractError.unreadable(command: arguments.joined(separator: " "), output: "")
            }
        }
    }
}

@Suite("Contract")
struct ContractTests {
    @Test func r22() throws {
        let contract = try GoldenContract.load("r22")
        #expect(contract.release == .r22)
        #expect(contract.version == "0.0~20221219.0" && contract.specVersion == "1.0.2-dev")
        #expect(contract.needsOverlayFilestoreFD && contract.hasPIDNamespaceFlag)
        #expect(!contract.hasGoferMountConfs && !contract.hasDirectFS && !contract.needsGoferRPCFD)
        #expect(contract.usesAbstractControlSocket && !contract.eventTakesContainerID)
        #expect(contract.defaultPlatform == "ptrace" && !contract.goferTakesContainerID)
        #expect(contract.boot("apply-caps") && contract.boot("user-log-fd") && contract.gofer("apply-caps"))
        #expect(contract.bootFlags.count == 25 && contract.goferFlags.count == 12)
    }

    @Test func r24() throws {
        let contract = try GoldenContract.load("r24")
        #expect(contract.release == .r24)
        #expect(contract.version == "0.0~20240729.0")
        #expect(contract.hasGoferMountConfs && contract.hasPIDNamespaceFlag && contract.hasDirectFS)
        #expect(contract.hasGoferFilestoreFDs && contract.boot("dev-io-fd"))
        #expect(contract.gofer("sync-nvproxy-fd") && !contract.needsGoferRPCFD)
        #expect(!contract.usesAbstractControlSocket && contract.eventTakesContainerID)
        #expect(contract.defaultPlatform == "systrap" && !contract.goferTakesContainerID)
    }

    @Test func head() throws {
        let contract = try GoldenContract.load("head")
        #expect(contract.release == .head)
        #expect(contract.version == "go-d53e01b47280" && contract.specVersion == "1.2.1")
        #expect(contract.needsGoferRPCFD && contract.goferTakesContainerID && !contract.hasPIDNamespaceFlag)
        #expect(contract.boot("rootfs-upper-tar-fd") && contract.gofer("sync-chroot-fd"))
        #expect(!contract.boot("host-shmem-huge") && contract.boot("help") && contract.boot("h"))
    }

    @Test func everyFlagOfTheHelpIsRead() throws {
        for release in ["r22", "r24", "head"] {
            let contract = try GoldenContract.load(release)
            for (name, found) in [
                ("help-boot", contract.bootFlags), ("help-gofer", contract.goferFlags),
                ("flags", Set(contract.globalFlags.keys)),
            ] {
                // Counted in another way than the parser reads: flags stand behind two blanks.
                let expected = try GoldenContract.text("\(release)-\(name)").split(separator: "\n")
                    .filter { $0.firstRange(of: /^  -|\]  -|>  -/) != nil }.count
                #expect(found.count == expected, "\(release) \(name)")
            }
        }
    }

    @Test func defaultsAreReadAsTheHelpHasThem() throws {
        typealias Flag = Contract.GlobalFlag
        let contract = try GoldenContract.load("r24")
        #expect(contract.globalFlags["directfs"] == Flag(type: "", defaultValue: "true"))
        #expect(contract.globalFlags["rootless"] == Flag(type: "", defaultValue: nil))
        #expect(contract.globalFlags["panic-signal"] == Flag(type: "int", defaultValue: "-1"))
        #expect(contract.globalFlags["platform"] == Flag(type: "string", defaultValue: "systrap"))
        #expect(contract.globalFlags["overlay2"] == Flag(type: "value", defaultValue: "root:self"))
        #expect(contract.globalFlags["network"]?.defaultValue == nil)
        #expect(contract.globalFlags["debug-log-format"]?.defaultValue == "text")
    }

    @Test func unreadableOutputIsRefused() throws {
        let good = (
            version: try GoldenContract.text("r24-version"), boot: try GoldenContract.text("r24-help-boot"),
            gofer: try GoldenContract.text("r24-help-gofer"), flags: try GoldenContract.text("r24-flags")
        )
        #expect(throws: ContractError.unreadable(command: "--version", output: "x")) {
            try Contract(version: "x", helpBoot: good.boot, helpGofer: good.gofer, flags: good.flags)
        }
        #expect(throws: ContractError.unreadable(command: "help boot", output: "")) {
            try Contract(version: good.version, helpBoot: "", helpGofer: good.gofer, flags: good.flags)
        }
        // What runc prints to "help boot", say: flags, but others.
        #expect {
            _ = try Contract(
                version: good.version, helpBoot: "boot\n  -bundle string\n    \tx\n", helpGofer: good.gofer,
                flags: good.flags)
        } throws: { error in
            guard case .unsupported(_, let missing)? = error as? ContractError else { return false }
            return missing.contains("boot: spec-fd") && !missing.contains("boot: bundle")
        }
    }

    @Test(
        "an installed runsc answers as its golden files do",
        arguments: RunscRelease.underTest)
    func installed(_ release: RunscRelease) async throws {
        let contract = try await Contract.probe { arguments in
            let process = Process()
            let output = Foundation.Pipe()
            process.executableURL = URL(fileURLWithPath: release.program)
            process.arguments = arguments
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }
        var golden = try GoldenContract.load(release.rawValue.lowercased())
        // Builds of the same release differ in nothing but this, and upstream's has many.
        golden.specVersion = contract.specVersion
        if release == .head { golden.version = contract.version }
        #expect(contract == golden)
    }
}

@Suite("Contract cache")
struct ContractCacheTests {
    /// A directory with a file that stands for the binary, removed afterwards.
    private func withCache(_ body: (_ binary: String, _ directory: String) async throws -> Void) async throws
    {
        let base = "/tmp/oci-contract-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        try Data("binary".utf8).write(to: URL(fileURLWithPath: base + "/runsc"))
        try await body(base + "/runsc", base + "/cache")
    }

    private final class Counter: Sendable {
        let calls = Atomic(0)
        func counting(_ run: @escaping Contract.Run) -> Contract.Run {
            { arguments in
                self.calls.add(1, ordering: .relaxed)
                return try await run(arguments)
            }
        }
        var count: Int { calls.load(ordering: .relaxed) }
    }

    @Test func theBinaryIsAskedOnce() async throws {
        try await withCache { binary, directory in
            let counter = Counter()
            let run = counter.counting(GoldenContract.run("r24"))
            let first = try await ContractCache(directory: directory).contract(of: binary, run: run)
            let second = try await ContractCache(directory: directory).contract(of: binary, run: run)
            #expect(counter.count == 4)
            #expect(first == second)
            #expect(try first == GoldenContract.load("r24"))
            // By a link it is the same file.
            try FileManager.default.createSymbolicLink(atPath: binary + "2", withDestinationPath: binary)
            _ = try await ContractCache(directory: directory).contract(of: binary + "2", run: run)
            #expect(counter.count == 4)
        }
    }

    @Test func aReplacedBinaryIsAskedAgain() async throws {
        try await withCache { binary, directory in
            let cache = ContractCache(directory: directory)
            _ = try await cache.contract(of: binary, run: GoldenContract.run("r22"))
            try Data("binarz".utf8).write(to: URL(fileURLWithPath: binary), options: .atomic)
            let contract = try await cache.contract(of: binary, run: GoldenContract.run("r24"))
            #expect(contract.release == .r24)
        }
    }

    @Test func aCorruptEntryIsIgnoredAndWrittenAnew() async throws {
        try await withCache { binary, directory in
            let cache = ContractCache(directory: directory)
            _ = try await cache.contract(of: binary, run: GoldenContract.run("r22"))
            let names = try Directory.list(directory).filter { $0.hasSuffix(".json") }
            let path = directory + "/" + (try #require(names.first))
            for bad in [Array("{\"key\"".utf8), [], Array("[1]".utf8)] {
                try File.writeAtomically(bad, to: path, mode: 0o600)
                let contract = try await cache.contract(of: binary, run: GoldenContract.run("r22"))
                #expect(contract.release == .r22)
                // The new entry serves: nobody is asked.
                let again = try await cache.contract(of: binary) { _ in "nothing" }
                #expect(again == contract)
            }
        }
    }

    @Test func aFailedProbeIsNotKept() async throws {
        try await withCache { binary, directory in
            let cache = ContractCache(directory: directory)
            await #expect(throws: ContractError.self) {
                try await cache.contract(of: binary) { _ in "nothing" }
            }
            #expect(!File.exists(directory))
            let missing = #expect(throws: SysError.self) { try FileStatus.realPath(binary + "-missing") }
            #expect(missing?.code == .noEntry)
        }
    }

    @Test func anUnwritableDirectoryIsNoError() async throws {
        try await withCache { binary, _ in
            let contract = try await ContractCache(directory: "/proc/no").contract(
                of: binary, run: GoldenContract.run("r24"))
            #expect(contract.release == .r24)
        }
    }
}

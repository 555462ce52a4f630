import Messages
import Shim
import Sys
import TTRPC
import TestSupport
import Testing

/// The program that the build made beside the tests.
private let program: String? = {
    let words = CommandLine.arguments
    let bundle = zip(words, words.dropFirst()).first { $0.0 == "--test-bundle-path" }?.1 ?? words.first ?? ""
    let path = Path.split(bundle).directory + "/" + ShimVersion.program
    return File.exists(path) ? path : nil
}()

@Suite(
    "The program", .timeLimit(.minutes(2)),
    .enabled(if: program != nil, "the program is not built"),
    .enabled(if: isRoot, "a shim needs root"))
struct ProgramTests {
    private func shim(
        _ words: [String], in directory: String = "/", environment: [String: String] = [:],
        input: [UInt8] = []
    ) async throws -> CommandResult {
        var variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        variables.merge(environment) { $1 }
        return try await run(
            try #require(program), words, environment: variables, directory: directory, input: input)
    }

    @Test func versionGoesToStandardOutput() async throws {
        let result = try await shim(["-v"]).checked()
        #expect(result.lines.first == "\(program ?? ""):")
        #expect(result.outputText.contains("  Version:  \(ShimVersion.version)\n"))
        #expect(result.errors.isEmpty)
    }

    @Test func infoIsAMessage() async throws {
        let options = AnyMessage(packing: RuncOptions(binaryName: "x"))
        let result = try await shim(["-info"], input: options.encoded()).checked()
        #expect(try RuntimeInfo(decoding: result.output).options == options)
    }

    @Test func aMistakeIsNamedOnStandardError() async throws {
        let result = try await shim(["-bogus"])
        #expect(result.code == 1 && result.output.isEmpty)
        #expect(result.errorText == "containerd-shim-runsc-v1: flag -bogus is not known\n")
    }

    @Test func startPrintsTheAddressAndNothingElse() async throws {
        let bundle = try Bundle(config: "{}")
        let result = try await shim(bundle.words("start"), in: bundle.path).checked()
        let address = try #require(SocketAddress(result.outputText))
        #expect(result.outputText == address.description)
        #expect(result.errors.isEmpty)
        #expect(try File.readText(bundle.path + "/address") == address.description)
        #expect(try address.isLive())
        let daemon = try await bundle.servingDaemon()
        #expect(try bundle.files(of: daemon) == ["/dev/null", "/dev/null", bundle.path + "/log"])
        #expect(try File.readText("/proc/\(daemon.pid)/comm") == "containerd-shim\n")
        // A shim without containers heeds the signal.
        daemon.kill(Signal.terminate)
        try await withDeadline(.seconds(20), "end of the daemon") { try await daemon.ended() }
        #expect(!File.exists(address.path))
    }

    @Test(arguments: ["2", nil])
    func theAnswerHasTheFormThatTheCallerKnows(_ maximum: String?) async throws {
        let bundle = try Bundle(config: "{}")
        let result = try await shim(
            bundle.words("start"), in: bundle.path,
            environment: maximum.map { ["MAX_SHIM_VERSION": $0] } ?? [:]
        ).checked()
        #expect(result.outputText.hasPrefix(maximum == nil ? "unix:///run" : #"{"address":"unix:///run"#))
        try await bundle.end()
    }

    @Test func bootstrapParametersAreAnsweredInKindAndInTheirDirectory() async throws {
        let bundle = try Bundle(config: "{}")
        let parameters = BootstrapParams(
            instanceID: bundle.id, namespace: "edge-test", containerdVersion: "2.3.0",
            socketDir: bundle.path + "/sockets")
        let result = try await shim(
            bundle.words("start"), in: bundle.path, environment: ["MAX_SHIM_VERSION": "2"],
            input: parameters.encoded()
        ).checked()
        let answer = try BootstrapResult(decoding: result.output)
        #expect(answer.version == 2 && answer.protocol == "ttrpc")
        #expect(answer.address.hasPrefix("unix://\(bundle.path)/sockets/"))
        try await bundle.end()
    }

    @Test func aPodHasOneShimHoweverManyStartsComeAtOnce() async throws {
        let pod = "pod\(UInt32.random(in: .min ... .max))"
        let config = #"{"annotations":{"io.kubernetes.cri.sandbox-id":"\#(pod)"}}"#
        let bundles = try (0..<8).map { _ in try Bundle(config: config, socketName: pod) }
        let addresses = try await withThrowingTaskGroup(of: String.self) { group in
            for bundle in bundles {
                group.addTask { try await shim(bundle.words("start"), in: bundle.path).checked().outputText }
            }
            var addresses: Set<String> = []
            for try await address in group { addresses.insert(address) }
            return addresses
        }
        #expect(addresses.count == 1)
        let owners = bundles.filter { File.exists($0.path + "/shim.pid") }
        #expect(owners.count == 1)
        for owner in owners { try await owner.end() }
    }

    @Test func aStartThatFailsLeavesNothing() async throws {
        let bundle = try Bundle(config: "{not json")
        let before = try Directory.list(bundle.path).sorted()
        let result = try await shim(bundle.words("start"), in: bundle.path)
        #expect(result.code == 1 && result.output.isEmpty)
        #expect(result.errorText.contains("\(bundle.path)/config.json"))
        #expect(try Directory.list(bundle.path).sorted() == before)
    }

    @Test func aDaemonWithoutItsSocketSaysSo() async throws {
        let result = try await shim(["-namespace", "edge-test", "-id", "x"])
        #expect(result.code == 1)
        #expect(result.errorText.contains("descriptor 3"))
    }

    @Test func deleteNeedsNoShim() async throws {
        let bundle = try Bundle(config: "{}")
        let result = try await shim(bundle.words("delete", "-bundle", bundle.path)).checked()
        let response = try DeleteResponse(decoding: result.output)
        #expect(response.exitStatus == 137 && response.exitedAt != nil)
    }

    @Test func theDaemonServesTheTaskService() async throws {
        let bundle = try Bundle(config: "{}")
        let address = try await shim(bundle.words("start"), in: bundle.path).checked().outputText
        let client = try Client(connecting: .path(try #require(SocketAddress(address)).path))
        do {
            let _: StateResponse = try await client.call(
                "containerd.task.v2.Task", "State", StateRequest(id: bundle.id), timeout: .seconds(10))
            Issue.record("knows a container that does not exist")
        } catch {
            #expect(error.code == .notFound)
        }
        let daemon = try bundle.daemon()
        let _: Empty = try await client.call(
            "containerd.task.v2.Task", "Shutdown", ShutdownRequest(id: bundle.id), timeout: .seconds(10))
        try await withDeadline(.seconds(20), "end of the daemon") { try await daemon.ended() }
    }
}

/// A bundle such as containerd makes, with its log fifo.
private struct Bundle: Sendable {
    let id = "edge\(UInt64.random(in: .min ... .max))"
    private let scratch: Scratch
    private let socketName: String

    var path: String { scratch.path }

    init(config: String, socketName: String? = nil) throws {
        scratch = Scratch()
        self.socketName = socketName ?? scratch.path
        try scratch.file("config.json", config)
        try scratch.fifo("log")
    }

    func words(_ action: String, _ flags: String...) -> [String] {
        ["-namespace", "edge-test", "-address", "/nowhere/\(socketName).sock", "-id", id] + flags + [action]
    }

    func daemon() throws -> ForeignProcess {
        let pid = try #require(Int32(try File.readText(path + "/shim.pid")))
        return try #require(ForeignProcess(pid))
    }

    /// The daemon, once it has answered a call: it listens before it is there to answer.
    func servingDaemon() async throws -> ForeignProcess {
        let address = try #require(SocketAddress(try File.readText(path + "/address")))
        let client = try Client(connecting: .path(address.path))
        let answer: ConnectResponse = try await client.call(
            "containerd.task.v2.Task", "Connect", ConnectRequest(id: id), timeout: .seconds(20))
        let daemon = try daemon()
        #expect(answer.shimPid == UInt32(daemon.pid))
        return daemon
    }

    /// Ends the daemon as an operator would.
    func end() async throws {
        let daemon = try await servingDaemon()
        daemon.kill(Signal.terminate)
        try await withDeadline(.seconds(20), "end of the daemon") { try await daemon.ended() }
    }

    /// What the first three descriptors of a process lead to, after a look at the others: they are its own.
    func files(of process: ForeignProcess) throws -> [String] {
        let links = try Directory.list("/proc/\(process.pid)/fd").compactMap { Int($0) }.sorted().map {
            link("/proc/\(process.pid)/fd/\($0)")
        }
        // One that is gone by the time of the look was a connection that ended.
        for link in links.dropFirst(3) where !link.isEmpty {
            #expect(link.hasPrefix("socket:") || link.hasPrefix("anon_inode:"), "inherited: \(link)")
        }
        return Array(links.prefix(3))
    }
}

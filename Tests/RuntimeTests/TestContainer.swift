import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// A container in a real sandbox, for one test.
struct TestContainer: Sendable {
    let release: RunscRelease
    let container: any Container
    let runsc: Runsc
    /// The bundle's directory; runsc's root directory is `run` in it.
    let bundle: String
    private let output: AsyncFD

    var id: String { container.id }
    var root: String { bundle + "/run" }
    var rootfs: String { bundle + "/rootfs" }

    /// What a test's container is made from.
    struct Recipe: Sendable {
        var args: [String]
        var flags: [String: String] = [:]
        var launchPath: LaunchPath = .automatic
        var timerSlack: UInt32?
        var annotations: [String: String] = [:]
        /// An image to restore instead of starting `args`.
        var checkpoint: String?
        var id: String?
        /// The hierarchies for its cgroup; nil for the machine's own.
        var cgroups: CgroupHost?
        /// Changes the spec; the second argument is the bundle's path.
        var edit: @Sendable (inout JSONValue, String) throws -> Void = { _, _ in }

        init(_ args: String...) { self.args = args }
    }

    /// Makes the container, lets `body` use it, destroys it, and expects that nothing is left.
    ///
    /// - Returns: what the body returns.
    @discardableResult
    static func with<Result: Sendable>(
        _ release: RunscRelease, _ recipe: Recipe, starting: Bool = true,
        _ body: (TestContainer) async throws -> Result
    ) async throws -> Result {
        let bundle = try TestBundle(args: recipe.args, annotations: recipe.annotations)
        var spec = try JSONValue.parse(File.read("\(bundle.path)/config.json"))
        try recipe.edit(&spec, bundle.path)
        try File.writeAtomically(spec.serialised(), to: "\(bundle.path)/config.json", mode: 0o644)
        var configuration = RuntimeConfiguration(
            binary: release.program, root: bundle.root, flags: recipe.flags, launchPath: recipe.launchPath)
        configuration.timerSlack = recipe.timerSlack
        configuration.cgroups = recipe.cgroups
        let runsc = Runsc(configuration: configuration)
        let test = try await create(runsc, release, bundle.path, recipe)
        let outcome = await _Concurrency.Task {
            if starting { try await test.container.start() }
        }.result
        do {
            try outcome.get()
            let result = try await body(test)
            try await test.container.destroy()
            try test.expectNothingLeft()
            return result
        } catch {
            try await test.container.destroy()
            try test.expectNothingLeft()
            throw error
        }
    }

    private static func create(
        _ runsc: Runsc, _ release: RunscRelease, _ bundle: String, _ recipe: Recipe
    ) async throws -> TestContainer {
        let pipe = try Sys.Pipe()
        let null = try File.open("/dev/null", [.readWrite])
        defer { pipe.write.close() }
        var request = CreateRequest(
            id: recipe.id ?? "t\(UInt32.random(in: 0 ... .max))", bundle: bundle,
            stdio: .files(input: null, output: pipe.write, error: pipe.write))
        request.checkpoint = recipe.checkpoint
        return TestContainer(
            release: release, container: try await runsc.create(request), runsc: runsc, bundle: bundle,
            output: try AsyncFD(pipe.read))
    }

    /// Neither processes nor files of the container may stay.
    private func expectNothingLeft() throws {
        let left = try Directory.list(root).filter {
            $0.hasSuffix(".sock") || $0.contains("_sandbox") || $0.hasSuffix(".journal")
        }
        #expect(left == [])
        #expect(try Directory.list(rootfs).filter { $0.hasPrefix(".gvisor.filestore") } == [])
        #expect(!Kernel.exists(container.pid))
    }

    /// The next whole lines of the container's output, at least one; none at its end.
    func lines(_ isEnough: @escaping @Sendable ([String]) -> Bool = { !$0.isEmpty }) async throws -> [String]
    {
        try await withDeadline(.seconds(30), "output of \(id)") {
            var text: [UInt8] = []
            while true {
                let bytes = try await output.read(upTo: 65536)
                text += bytes
                let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
                if bytes.isEmpty || text.last == UInt8(ascii: "\n") && isEnough(lines) { return lines }
            }
        }
    }

    /// Runs a process inside, and returns its exit code and output.
    func exec(_ args: String...) async throws -> (code: UInt32, output: String) {
        let pipe = try Sys.Pipe()
        let null = try File.open("/dev/null", [.readWrite])
        let json: JSONValue = ["args": JSONValue(args), "cwd": "/", "env": ["PATH=/bin"]]
        let pid = try await container.exec(
            try OCI.Process.parse(json.serialised()),
            stdio: .files(input: null, output: pipe.write, error: pipe.write))
        pipe.write.close()
        let reader = try AsyncFD(pipe.read)
        defer { reader.close() }
        return try await withDeadline(.seconds(30), "exec in \(id)") {
            var text: [UInt8] = []
            while true {
                let bytes = try await reader.read(upTo: 65536)
                if bytes.isEmpty { break }
                text += bytes
            }
            return (await container.waitExec(pid).code, String(decoding: text, as: UTF8.self))
        }
    }

    /// Runs the container of another bundle in the same sandbox to its end, and returns its exit code and output.
    func member(_ bundle: String) async throws -> (code: UInt32, output: String) {
        let pipe = try Sys.Pipe()
        let null = try File.open("/dev/null", [.readWrite])
        let member = try await runsc.create(
            CreateRequest(
                id: "m-\(id)", bundle: bundle,
                stdio: .files(input: null, output: pipe.write, error: pipe.write)))
        pipe.write.close()
        let outcome = await _Concurrency.Task {
            try await member.start()
            let code = await member.wait().code
            let output = try await AsyncFD(pipe.read).read(upTo: 1000)
            return (code, String(decoding: output, as: UTF8.self))
        }.result
        try await member.destroy()
        return try outcome.get()
    }

    /// Runs the release's own command line on the same root directory.
    func stock(_ arguments: String...) async throws -> CommandResult {
        try await run(release.program, ["--root", root] + arguments)
    }
}

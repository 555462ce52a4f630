import Foundation
import Glibc
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// A sandbox of ours beside one that the release's own command line makes of the same bundle: where they differ from
/// the outside, isolation or a promise to the container may differ.
@Suite("Our launch and the release's own", .serialized, .timeLimit(.minutes(1)))
struct StockLaunchTests {
    private struct Views: Sendable {
        let sentry: ProcessView
        let gofer: ProcessView
    }

    private static let command = ["sh", "-c", "echo ready; exec sleep 1000"]

    private func ours(_ release: RunscRelease, id: String) async throws -> Views {
        var recipe = TestContainer.Recipe("sh", "-c", Self.command[2])
        // The same for both, because cgroups and files are named after it.
        recipe.id = id
        recipe.flags = ["network": "none"]
        // What the direct launch makes of it is compared with this one by its own test.
        recipe.launchPath = .staged
        return try await TestContainer.with(release, recipe) { test in
            #expect(try await test.lines() == ["ready"])
            return try views(test.container.pid, root: test.root, id: id, bundle: test.bundle)
        }
    }

    private func stock(_ release: RunscRelease, id: String) async throws -> Views {
        let bundle = try TestBundle(args: Self.command)
        let (path, root) = (bundle.path, bundle.root)
        let runsc = "\(release.program) --root \(root) --network none"
        let outcome = await _Concurrency.Task {
            // The sandbox keeps the streams of the one who makes it.
            let script = "\(runsc) create --bundle \(path) \(id) && \(runsc) start \(id)"
            let result = try await run("/bin/sh", ["-c", "(\(script)) </dev/null >\(path)/output 2>&1"])
            let said = try File.readText("\(path)/output")
            #expect(result.code == 0, "\(said)")
            let state = try JSONValue.parse(try await stock(release, root, "state", id).checked().output)
            return try views(state["pid"]?.integer() ?? 0, root: root, id: id, bundle: path)
        }.result
        _ = try await stock(release, root, "delete", "--force", id)
        // Upstream's current release keeps a namespace for all its gofers there.
        let namespace = "\(root)/null-netns"
        if File.exists(namespace) { #expect(umount2(namespace, Int32(MNT_DETACH)) == 0) }
        return try outcome.get()
    }

    private func stock(_ release: RunscRelease, _ root: String, _ arguments: String...) async throws
        -> CommandResult
    {
        try await run(release.program, ["--root", root] + arguments)
    }

    private func views(_ pid: Int32, root: String, id: String, bundle: String) throws -> Views {
        let state = try JSONValue.parse(File.read("\(root)/\(id)_sandbox:\(id).state"))
        let gofer: Int32 = try #require(state["goferPid"]?.integer())
        return Views(
            sentry: try ProcessView(pid, bundle: bundle), gofer: try ProcessView(gofer, bundle: bundle))
    }

    @Test("Gofer and Sentry are confined by the same", arguments: RunscRelease.underTest)
    func isTheSame(_ release: RunscRelease) async throws {
        let id = "stock\(UInt32.random(in: 0 ... .max))"
        let (ours, theirs) = (try await ours(release, id: id), try await stock(release, id: id))
        for (name, mine, other) in [
            ("Sentry", ours.sentry, theirs.sentry), ("gofer", ours.gofer, theirs.gofer),
        ] {
            for (mine, other) in zip(mine.aspects, other.aspects) {
                // The groups that the shim may have are cleared in the child; the other has its launcher's.
                let expected = mine.name == "setgroups" && mine.lines == ["allow"] ? ["allow"] : other.lines
                #expect(mine.lines == expected, "\(mine.name) of the \(name)")
            }
        }
    }
}

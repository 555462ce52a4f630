import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// An operator's own `runsc` on the sandboxes that we own: each release reads our state files and calls our Sentry.
@Suite("Stock tools see our sandboxes", .serialized, .timeLimit(.minutes(2)))
struct StockToolTests {
    private static let sleeper = TestContainer.Recipe("sleep", "1000")

    @Test("list shows id, pid, status and bundle", arguments: RunscRelease.underTest)
    func list(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            try await test.untilShown("running")
            let text = try await test.stock("list").checked().lines
            let row = try #require(text.first { $0.hasPrefix(test.id) }, "\(text)")
            let columns = row.split(separator: " ").map(String.init)
            #expect(Array(columns[1...3]) == ["\(test.container.pid)", "running", test.bundle])
            #expect(try await test.stock("list", "-quiet").checked().lines == [test.id])
        }
    }

    @Test("state follows create, start, pause, resume and exit", arguments: RunscRelease.underTest)
    func state(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper, starting: false) { test in
            // The file is written while those who asked for a change go on.
            #expect(try await test.shown() == "created")
            try await test.container.start()
            try await test.untilShown("running")
            try await test.container.pause()
            try await test.untilShown("paused")
            try await test.container.resume()
            try await test.untilShown("running")
            try await test.container.signal(Signal.kill, to: .initProcess)
            _ = await test.container.wait()
            try await test.untilShown("stopped")
        }
    }

    @Test("ps, events, usage, metrics and debug ask the Sentry", arguments: RunscRelease.underTest)
    func introspection(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            let table = try await test.stock("ps", test.id).checked().lines
            #expect(table.last?.hasSuffix("sleep") == true, "\(table)")
            let events = try JSONValue.parse(
                try await test.stock("events", "--stats", test.id).checked().output)
            #expect(events["type"]?.string == "stats")
            #expect(events["id"]?.string == test.id)
            #expect(events[["data", "pids", "current"]]?.uint64 == 1)
            // What the Sentry's memory is used for.
            let usage = try JSONValue.parse(try await test.stock("usage", "--full", test.id).checked().output)
            #expect((usage["Total"] ?? usage["total"])?.uint64 ?? 0 > 0, "\(usage)")
            _ = try await test.stock("usage", "--fd", test.id).checked()
            #expect(
                try await test.stock("trace", "list", test.id).checked().outputText.contains("SESSIONS (0)"))
            if release != .r22 {
                let metrics = try await test.stock("export-metrics", test.id).checked()
                #expect(metrics.outputText.contains(#"sandbox="\#(test.id)""#), "\(metrics)")
            }
            // Where the stacks go is the release's choice.
            let debug = try await test.stock("debug", "--stacks", test.id).checked()
            #expect((debug.outputText + debug.errorText).contains("goroutine "), "\(debug)")
        }
    }

    @Test("exec runs a process, and the container does not mind", arguments: RunscRelease.underTest)
    func exec(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            let result = try await test.stock("exec", test.id, "/bin/sh", "-c", "echo inside; exit 4")
            #expect(result.code == 4)
            #expect(result.outputText == "inside\n")
            #expect(try await test.container.processes().map(\.command) == ["sleep"])
            #expect(try await test.container.status() == .running)
        }
    }

    @Test("kill ends the container, which wait and we report", arguments: RunscRelease.underTest)
    func kill(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            async let waited = test.stock("wait", test.id)
            _ = try await test.stock("kill", test.id, "KILL").checked()
            #expect(await test.container.wait().code == 137)
            #expect(try await test.container.status() == .stopped)
            let wait = try await waited
            // The Sentry may be gone before it has answered the one who came second; only its parent knows then.
            if wait.code == 0 {
                let answer = try JSONValue.parse(wait.output)
                #expect(answer["id"]?.string == test.id)
            }
        }
    }

    @Test("delete takes everything away, and we do not stumble over it", arguments: RunscRelease.underTest)
    func delete(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            _ = try await test.stock("delete", "--force", test.id).checked()
            #expect(await test.container.wait().code == 137)
            #expect(try await test.stock("list", "-quiet").checked().lines == [])
        }
    }

    @Test("pause and resume of an operator are seen", arguments: RunscRelease.underTest)
    func pause(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            try await test.untilShown("running")
            _ = try await test.stock("pause", test.id).checked()
            #expect(try await test.container.status() == .paused)
            _ = try await test.stock("resume", test.id).checked()
            #expect(try await test.container.status() == .running)
        }
    }

    @Test("a container that joined is listed, asked and killed by itself", arguments: RunscRelease.underTest)
    func joined(_ release: RunscRelease) async throws {
        try await TestContainer.with(release, Self.sleeper) { test in
            let member = try TestBundle(
                args: ["sleep", "2000"],
                annotations: [
                    "io.kubernetes.cri.container-type": "container",
                    "io.kubernetes.cri.sandbox-id": test.id,
                ])
            let null = try File.open("/dev/null", [.readWrite])
            let container = try await test.runsc.create(
                CreateRequest(
                    id: "m-\(test.id)", bundle: member.path,
                    stdio: .files(input: null, output: null, error: null)))
            do {
                try await container.start()
                let ids = try await test.stock("list", "-quiet").checked().lines
                #expect(Set(ids) == [test.id, "m-\(test.id)"])
                let ps = try await test.stock("ps", "m-\(test.id)").checked().lines
                #expect(ps.last?.hasSuffix("sleep") == true, "\(ps)")
                let shown = try await test.stock("exec", "m-\(test.id)", "/bin/echo", "member")
                #expect(shown.outputText == "member\n", "\(shown)")
                _ = try await test.stock("kill", "m-\(test.id)", "TERM").checked()
                #expect(await container.wait().code == 143)
                #expect(try await test.container.status() == .running)
            } catch {
                Issue.record("\(error)")
            }
            try await container.destroy()
            #expect(try await test.stock("list", "-quiet").checked().lines == [test.id])
        }
    }
}

extension TestContainer {
    /// The status that the stock tool shows.
    fileprivate func shown() async throws -> String? {
        let state = try JSONValue.parse(try await stock("state", id).checked().output)
        #expect(state["id"]?.string == id)
        #expect(state["bundle"]?.string == bundle)
        return state["status"]?.string
    }

    /// Asks until the stock tool shows a status; the suite's time limit is the bound.
    fileprivate func untilShown(_ status: String) async throws {
        while try await shown() != status {}
    }
}

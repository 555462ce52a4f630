import Runtime
import Sys
import TestSupport
import Testing

/// The release of 2024 wakes up over a thousand times a second when nothing happens in a sandbox; a slack puts some of
/// that together.
@Suite("Timer slack", .requires(.root))
struct TimerSlackTests {
    @Test(
        "The Sentry and what it starts have the slack that is configured", arguments: RunscRelease.underTest)
    func holds(_ release: RunscRelease) async throws {
        for slack in [nil, UInt32(1000)] {
            var recipe = TestContainer.Recipe("sh", "-c", "echo ready; exec sleep 1000")
            recipe.timerSlack = slack
            try await TestContainer.with(release, recipe) { test in
                #expect(try await test.lines() == ["ready"])
                for thread in try Directory.list("/proc/\(test.container.pid)/task") {
                    let text = try File.readText("/proc/\(thread)/timerslack_ns")
                    #expect(text == "\((slack ?? 50) * 1000)\n")
                }
            }
        }
    }
}

import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// Limits of memory that are too small for a Sentry.
@Suite("A memory limit too small for the Sentry", .requires(.root), .serialized, .timeLimit(.minutes(2)))
struct TinyMemoryTests {
    /// In MB, from what does not let the process begin to where Sentries do run.
    private static let limits: [Int64] = [1, 2, 4, 6, 8, 10, 12, 16, 20, 32]

    @Test("is told as such, in time, and leaves nothing", arguments: RunscRelease.underTest)
    func isTold(_ release: RunscRelease) async throws {
        var outcomes: [String] = []
        for megabytes in Self.limits {
            let id = "tiny\(UInt32.random(in: 0 ... .max))"
            var recipe = TestContainer.Recipe("true")
            recipe.id = id
            recipe.edit = { spec, _ in
                spec[["linux", "resources"]] = ["memory": ["limit": .int(megabytes << 20)]]
            }
            let began = ContinuousClock.now
            do {
                try await TestContainer.with(release, recipe) { _ = await $0.container.wait() }
                outcomes.append("\(megabytes) MB: runs")
            } catch {
                outcomes.append("\(megabytes) MB: \(error)")
                #expect("\(error)".contains("out of memory"), "\(megabytes) MB: \(error)")
                #expect("\(error)".contains("\(megabytes << 20) bytes"), "\(megabytes) MB: \(error)")
            }
            #expect(ContinuousClock.now - began < .seconds(35), "\(megabytes) MB")
            let host = try CgroupHost.current()
            let roots = host.v1.values.map(\.mountpoint) + [host.v2].compactMap { $0?.mountpoint }
            #expect(Set(roots).map { "\($0)/\(id)" }.filter(File.exists) == [])
        }
        #expect(outcomes.contains { !$0.hasSuffix("runs") })
    }
}

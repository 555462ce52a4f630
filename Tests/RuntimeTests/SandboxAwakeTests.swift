import Glibc
import OCI
import Sys
import TestSupport
import Testing

@testable import Runtime

/// What a Sentry whose goroutines wait in system calls is woken with.
@Suite("The monitor of a Sentry's Go runtime", .requires(.root), .serialized, .timeLimit(.minutes(1)))
struct SandboxAwakeTests {
    #if arch(x86_64)
        private static let nanosleep = "35"
    #else
        private static let nanosleep = "101"
    #endif

    private func inSandbox(
        _ release: RunscRelease, _ script: String, _ body: (Sandbox, _ monitor: String) async throws -> Void
    ) async throws {
        try await TestContainer.with(release, .init("sh", "-c", script)) { test in
            let sandbox = try #require(test.container as? RunscContainer).sandbox
            let threads = sandbox.boot.threads
            #expect(threads.first == sandbox.boot.pid)
            let monitor = try #require(threads.dropFirst().first)
            try await body(sandbox, "/proc/\(sandbox.boot.pid)/task/\(monitor)")
        }
    }

    @Test(
        "is its second thread, which sleeps for a time and not until something comes",
        arguments: RunscRelease.underTest)
    func isTheSecondThread(_ release: RunscRelease) async throws {
        try await inSandbox(release, "while :; do :; done") { _, monitor in
            try await withDeadline(.seconds(20), "the thread to sleep") {
                while try !File.readText("\(monitor)/syscall").hasPrefix(Self.nanosleep + " ") {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
        }
    }

    @Test("is woken for the time of a start, and not afterwards", arguments: RunscRelease.underTest)
    func isWoken(_ release: RunscRelease) async throws {
        try await inSandbox(release, "sleep 1000") { sandbox, monitor in
            /// How often the thread went to sleep; by itself once in ten milliseconds at most.
            @Sendable func sleeps(_ body: () async throws -> Void) async throws -> Int {
                func count() throws -> Int {
                    let lines = try File.readText("\(monitor)/status").split(separator: "\n")
                    let line = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
                    return try #require(line?.split(separator: "\t").last.flatMap { Int($0) })
                }
                let before = try count()
                try await body()
                return try count() - before
            }
            // A busy machine is left alone, so it may take some attempts.
            try await withDeadline(.seconds(20), "the thread to be woken") {
                while true {
                    let woken = try await sleeps {
                        sandbox.stayAwake()
                        try await Task.sleep(for: .milliseconds(60))
                    }
                    let left = try await sleeps { try await Task.sleep(for: .milliseconds(60)) }
                    if woken >= left + 5 { return }
                }
            }
        }
    }
}

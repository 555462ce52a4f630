import TestSupport
import Testing

/// The whole: real containerd, real runsc, the built shim, driven by ctr as its users drive it.
///
/// One at a time: each test has a containerd of its own, and at its end nothing of its containers may be left.
@Suite(
    "End to end", .serialized, .timeLimit(.minutes(2)),
    .requires(.root, .program("containerd"), .program("ctr"), .program("busybox"), .shim))
enum EndToEnd {
    /// What a container does that only has to be there until it is killed.
    static let idle = ["sleep", "600"]
}

extension PrivateContainerd {
    /// Kills a detached container's task and removes both.
    func remove(_ id: String) async throws {
        try await ctr("tasks", "delete", "--force", id).checked()
        try await ctr("containers", "delete", id).checked()
    }

    /// Waits until a task has stopped.
    ///
    /// containerd tells only its attached clients, so this asks, with a bound.
    func stopped(_ id: String, within limit: Duration = .seconds(10)) async throws {
        let deadline = ContinuousClock.now + limit
        while try await state(of: id) != "STOPPED" {
            guard ContinuousClock.now < deadline else { throw SetUpError("\(id) did not stop in \(limit)") }
            try await _Concurrency.Task.sleep(for: .milliseconds(20))
        }
    }

    /// A container that works, after something that did not.
    func nextContainerWorks(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let result = try await container("next", ["echo", "fine"])
        #expect(result.outputText == "fine\n", "\(result)", sourceLocation: sourceLocation)
        #expect(result.code == 0, sourceLocation: sourceLocation)
    }
}

import Foundation
import Glibc
import Synchronization
import Testing

/// A containerd of the test's own: root, state, socket and namespace that nobody else has.
///
/// It finds the shim under test and one release of runsc in its PATH, and leaves alone what the machine runs.
package final class PrivateContainerd: Sendable {
    package let directory: TemporaryDirectory
    package let namespace: String
    /// A name that nothing else on the machine has.
    package let mark: String
    package let release: RunscRelease
    package let containerd: ContainerdRelease
    /// Whether it serves the kubelet's interface.
    package let cri: Bool
    /// Whether its pods' sandboxes are made by the shim, without a pause image.
    package let shimMakesSandboxes: Bool
    /// The environment of containerd, which its shims inherit.
    package let environment: [String: String]
    private let program: String
    /// The path of ctr: its place does not depend on the PATH that containerd gets.
    let ctrProgram: String
    private let process = Mutex<RunningCommand?>(nil)
    private let socketsBefore = Leftovers.socketsNow()
    private static let counter = Atomic(0)

    package var socket: String { directory.path("c.sock") }

    /// Prepares a containerd, without starting it.
    ///
    /// Its PATH is `path`, the directory of the shim, with `runscInPath` that of the release's runsc, and `systemPath`.
    /// With `cri` it serves the kubelet's interface too, whose containers all live in the namespace k8s.io.
    package init(
        _ release: RunscRelease, containerd: ContainerdRelease = .v1_6, program: String? = nil,
        cri: Bool = false, shimMakesSandboxes: Bool = false, path: [String] = [],
        systemPath: String = Settings.systemPath,
        runscInPath: Bool = true
    ) throws {
        self.release = release
        self.containerd = containerd
        self.cri = cri
        self.shimMakesSandboxes = shimMakesSandboxes
        self.program =
            try program.map { try findExecutable($0, in: Settings.systemPath) }
            ?? containerd.directory + "/containerd"
        ctrProgram = containerd.directory + "/ctr"
        directory = try TemporaryDirectory("e2e")
        mark = "e2e-\(getpid())-\(Self.counter.add(1, ordering: .relaxed).newValue)"
        namespace = cri ? "k8s.io" : mark
        var environment = ProcessInfo.processInfo.environment
        let runsc = Settings.isGVisor && runscInPath ? [release.directory] : []
        environment["PATH"] = (path + [Settings.shimDirectory] + runsc + [systemPath]).joined(separator: ":")
        environment["CONTAINERD_NAMESPACE"] = namespace
        self.environment = environment
        try writeConfiguration()
    }

    /// The pid of containerd, nil while it does not run.
    package var pid: Int32? { process.withLock { $0?.pid } }

    /// What containerd, and the shims through it, have logged since its start.
    package var log: String { process.withLock { $0?.errors.current.text } ?? "" }

    /// Starts containerd and waits until it serves.
    package func start() async throws {
        let child = try RunningCommand(
            program, ["--config", directory.path("config.toml")], environment: environment,
            directory: directory.path)
        process.withLock { $0 = child }
        try await child.errors.first("containerd to serve", within: .seconds(20)) {
            $0.text.contains("containerd successfully booted") || $0.ended ? true : nil
        }
        guard child.status == nil, !child.errors.current.ended else {
            throw SetUpError("containerd ended:\n\(log)")
        }
    }

    /// Starts containerd with the image in it.
    package func startWithImage() async throws {
        try await start()
        try await ctr("images", "import", BusyboxImage.archive()).checked()
        if cri && !shimMakesSandboxes {
            try await ctr("images", "import", BusyboxImage.pauseArchive()).checked()
        }
    }

    /// Stops containerd; its shims and their containers go on.
    package func stop() async throws {
        let child = process.withLock { $0 }
        try await child?.stop()
        saveLog(child?.errors.current.text ?? "")
        process.withLock { $0 = nil }
    }

    /// Kills containerd, which can prepare nothing for its return.
    package func crash() async throws {
        let child = process.withLock { $0 }
        child?.signal(SIGKILL)
        _ = try await child?.exitStatus(within: .seconds(5))
        saveLog(child?.errors.current.text ?? "")
        process.withLock { $0 = nil }
    }

    /// Stops containerd and starts it again on the same state.
    package func restart() async throws {
        try await stop()
        try await start()
    }

    private func saveLog(_ text: String) {
        try? FileManager.default.createDirectory(
            atPath: Settings.logDirectory, withIntermediateDirectories: true)
        let name = (Test.current?.name ?? "containerd").filter { $0.isLetter || $0.isNumber }
        let file = "\(Settings.logDirectory)/\(name)-\(containerd.rawValue)-\(release.rawValue).log"
        try? Data(text.utf8).write(to: URL(filePath: file))
    }

    /// The directories of this containerd's containers: bundles, and the state of the runtime.
    package var containerDirectories: [String] {
        [
            directory.path("state/io.containerd.runtime.v2.task/\(namespace)"),
            directory.path("state/io.containerd.sandbox.controller.v1.shim/\(namespace)"),
            cri ? directory.path("runsc/\(namespace)") : "/run/containerd/runsc/\(namespace)",
            "/run/containerd/runc/\(mark)",
        ]
    }

    /// What is left of containers now.
    package func leftovers() -> Leftovers {
        let expected = pid.map { Set([$0]) } ?? []
        return Leftovers.find(
            markers: [directory.path, mark], expected: expected, sockets: socketsBefore,
            directories: containerDirectories,
            // Without options of its own the runtime's state is where everybody's is.
            shared: shimMakesSandboxes ? ["/run/containerd/runsc/\(namespace)"] : [])
    }

    /// Waits until nothing is left of any container, and returns what still is after `limit`.
    ///
    /// A shim ends after it has answered, without telling anyone: hence the bounded polling.
    package func leftovers(after limit: Duration) async throws -> Leftovers {
        let deadline = ContinuousClock.now + limit
        var found = leftovers()
        while !found.isEmpty, ContinuousClock.now < deadline {
            try await _Concurrency.Task.sleep(for: .milliseconds(20))
            found = leftovers()
        }
        return found
    }

    /// Removes by force everything that this containerd and its containers have on the machine.
    package func destroy() async throws {
        try await stop()
        leftovers().clear()
        let remaining = try await leftovers(after: .seconds(2))
        remaining.clear()
        Leftovers.removeGroups(of: mark)
        for path in containerDirectories { rmdir(path) }
        if cri { _ = try await run("ip", ["link", "delete", mark]) }
        directory.remove()
    }
}

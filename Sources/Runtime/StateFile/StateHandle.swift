import OCI
import Sys
import Synchronization

/// A container's own state file.
final class StateHandle: Sendable {
    let directory: StateDirectory
    let id: StateFileID
    private let lastRead = Mutex<LastRead?>(nil)

    private struct LastRead {
        let file: FileStatus
        let status: State.Status
    }

    /// Writes down a container that has just been made.
    init(
        _ launch: Launch, sandbox: Sandbox, gofer: ChildProcess?, compatibility: CgroupRecord = .none
    ) async throws {
        let created = RFC3339.text(nanoseconds: Kernel.realTime())
        let ids = sandbox.launch.isolation.ids
        let annotations = launch.spec.spec.annotations
        let record = ContainerRecord(
            id: launch.id, spec: launch.spec.raw, bundle: launch.bundle, createdAt: created,
            owner: Kernel.environment("USER") ?? "", status: .created, goferPID: gofer?.pid ?? 0,
            sandbox: SandboxRecord(
                id: sandbox.id, pid: sandbox.boot.pid, uid: ids.uid, gid: ids.gid,
                cgroup: sandbox.launch.cgroup?.record ?? .none,
                podName: annotations[Annotations.Key.sandboxName] ?? "",
                namespace: annotations[Annotations.Key.sandboxNamespace] ?? "",
                controlSocketPath: sandbox.control.path, metricMetadata: sandbox.launch.metricMetadata,
                startTime: created, mountHints: sandbox.launch.hints.json),
            compatCgroup: compatibility,
            goferMountConfs: launch.mounts.map(\.conf))
        directory = StateDirectory(
            root: launch.configuration.root, form: StateFileForm(launch.contract))
        id = try StateFileID(container: launch.id, sandbox: sandbox.id)
        try await directory.create(record)
    }

    /// Keeps the status for those who read the file.
    ///
    /// The shim itself knows better, so a failure is passed over.
    func set(_ status: State.Status) async {
        _ = try? await directory.update(id) { $0.status = status }
    }

    /// The status in the file; `nil` if the file is gone, as after a stock `runsc delete`.
    ///
    /// Read only when the file is another than the last time: State is asked often, and a change replaces the file.
    func status() async -> State.Status? {
        guard let file = try? FileStatus("\(directory.root)/\(id.stateName)") else { return nil }
        if let last = lastRead.withLock({ $0 }), last.file == file { return last.status }
        guard let status = try? await directory.load(id).status else { return nil }
        lastRead.withLock { $0 = LastRead(file: file, status: status) }
        return status
    }

    func remove() async { try? await directory.remove(id) }
}

package import OCI
package import Sys

/// The state files of one root directory, shared with whatever `runsc` an operator runs there.
///
/// Each file is changed under its own lock (flock(2) on the `.lock` beside it), held over load, change and
/// save and never over anything else. Writing is atomic, so that a reader who takes no lock sees one state or the
/// other. Nothing is flushed to disk: the files describe processes, which a crash of the host ends as well.
package struct StateDirectory: Sendable {
    /// The directory.
    package let root: String
    /// The form that new content has.
    package let form: StateFileForm
    /// How long somebody else's lock is waited for.
    package let lockLimit: Duration

    /// The state files in a directory, which is made with the first of them.
    package init(root: String, form: StateFileForm, lockLimit: Duration = .seconds(5)) {
        self.root = root
        self.form = form
        self.lockLimit = lockLimit
    }

    /// Writes the state of a new container.
    ///
    /// - Throws: `RuntimeError.alreadyExists` if the file is there; `SysError`; `DeadlineExceeded` for the lock.
    package func create(_ record: ContainerRecord) async throws {
        let id = try self.id(of: record)
        try Directory.make(root, mode: 0o711)
        try await withLock(id) {
            guard !File.exists(path(id)) else {
                throw RuntimeError(.alreadyExists, "container with id \(id.container) already exists")
            }
            do { try save(record, id) } catch {
                // While it is held, as in `remove`.
                try? File.remove(lockPath(id))
                throw error
            }
        }
    }

    /// Reads the state of a container.
    ///
    /// - Returns: The state as last saved, by us or by a stock tool.
    /// - Throws: `RuntimeError.notFound`; `SpecError` for a file that is none; `SysError`; `DeadlineExceeded`.
    package func load(_ id: StateFileID) async throws -> ContainerRecord {
        guard File.exists(path(id)) else { throw Self.notFound(id) }
        return try await withLock(id) { try read(id) }
    }

    /// Changes the state of a container as one step.
    ///
    /// - Returns: The state as saved.
    /// - Throws: As `load`.
    @discardableResult
    package func update(
        _ id: StateFileID, _ change: @Sendable (inout ContainerRecord) -> Void
    ) async throws -> ContainerRecord {
        guard File.exists(path(id)) else { throw Self.notFound(id) }
        return try await withLock(id) {
            var record = try read(id)
            change(&record)
            try save(record, id)
            return record
        }
    }

    /// Changes the sandbox in the state of every container that belongs to it; one that is removed meanwhile
    /// is passed over.
    ///
    /// - Throws: As `load`, but for `notFound`.
    package func updateSandbox(_ id: ContainerID, _ change: @Sendable (inout SandboxRecord) -> Void)
        async throws
    {
        for file in try list() where file.sandbox == id {
            do {
                try await update(file) { change(&$0.sandbox) }
            } catch let error as RuntimeError where error.kind == .notFound {}
        }
    }

    /// The files in the directory, in the order of their names; none if there is no directory.
    ///
    /// - Returns: Which containers have a state; any of them may be gone by now.
    /// - Throws: `SysError` if the directory cannot be read.
    package func list() throws(SysError) -> [StateFileID] {
        try names().compactMap(StateFileID.init(fileName:))
    }

    /// Removes all that is left of a container and of the members of its sandbox, also where no state could be
    /// written or read: the lock of one, or a part of one, from a shim that was killed.
    ///
    /// - Throws: `SysError`.
    package func removeRemains(of id: ContainerID) async throws {
        let remains = try Set(names().compactMap(StateFileID.init(anyFileName:)))
        for file in remains where file.container == id || file.sandbox == id { try await remove(file) }
    }

    /// Removes a container's state and then the lock; what is not there is fine.
    ///
    /// Also without the lock, when that cannot be had: the container is gone, and its id must not stay taken.
    ///
    /// - Throws: `SysError`.
    package func remove(_ id: StateFileID) async throws {
        // Without listing the directory, which may be what cannot be read.
        let files = [path(id), path(id) + File.temporarySuffix, lockPath(id)]
        guard files.contains(where: File.exists) else { return }
        let lock = try? await FileLock.acquire(lockPath(id), limit: lockLimit)
        defer { lock?.release() }
        try File.removeWritten(path(id))
        // Whoever waits for the lock finds, once it has it, that the file has lost its name.
        try File.remove(lockPath(id))
    }

    // MARK: - Parts

    private func names() throws(SysError) -> [String] {
        do throws(SysError) {
            return try Directory.list(root).sorted()
        } catch  where error.code == .noEntry {
            return []
        }
    }

    private func path(_ id: StateFileID) -> String { root + "/" + id.stateName }

    private func lockPath(_ id: StateFileID) -> String { root + "/" + id.lockName }

    private func id(of record: ContainerRecord) throws -> StateFileID {
        do {
            return try StateFileID(container: record.id, sandbox: record.sandbox.id)
        } catch {
            throw RuntimeError(.invalid, "cannot save the state of \"\(record.id)\"", cause: error)
        }
    }

    private func withLock<Result>(_ id: StateFileID, _ body: () throws -> Result) async throws -> Result {
        let lock = try await FileLock.acquire(lockPath(id), limit: lockLimit)
        defer { lock.release() }
        return try body()
    }

    private func read(_ id: StateFileID) throws -> ContainerRecord {
        let bytes: [UInt8]
        do throws(SysError) {
            bytes = try File.read(path(id), limit: 18 << 20)
        } catch  where error.code == .noEntry {
            // Removed while we waited for the lock; our opening it made the lock anew.
            try File.remove(lockPath(id))
            throw Self.notFound(id)
        }
        return try ContainerRecord(parsing: bytes, name: id.stateName)
    }

    private func save(_ record: ContainerRecord, _ id: StateFileID) throws {
        let bytes = try record.json(root: root, form: form).serialised()
        try File.writeAtomically(bytes, to: path(id), mode: 0o640)
    }

    private static func notFound(_ id: StateFileID) -> RuntimeError {
        RuntimeError(.notFound, "no state of container \(id)")
    }
}

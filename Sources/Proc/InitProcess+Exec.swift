package import OCI
internal import Runtime

extension InitProcess {
    /// Adds a process that `ExecProcess.start()` will run.
    ///
    /// - Throws: `ProcessError`, `alreadyExists` for the id of another one that is not deleted.
    package func exec(_ id: String, _ spec: Spec.Process, stdio: StdioPaths) throws -> ExecProcess {
        try phase.check(.exec, .container)
        guard execs[id] == nil else { throw ProcessError(.alreadyExists, "exec id \(id)") }
        let exec = ExecProcess(
            id: id, spec: spec, stdio: stdio, in: container, events: events, warn: warn)
        execs[id] = exec
        events(.execAdded(id: id))
        return exec
    }

    /// The process of an exec id.
    ///
    /// - Throws: `ProcessError`, `notFound`.
    package func exec(_ id: String) throws -> ExecProcess {
        guard let exec = execs[id] else {
            throw ProcessError(.notFound, "process \(id) does not exist in container \(self.id)")
        }
        return exec
    }

    /// Deletes an exec process; its id is free afterwards.
    package func deleteExec(_ id: String) async throws -> ExecProcess {
        let exec = try exec(id)
        try await exec.delete()
        // Another process may have the id by now.
        if execs[id] === exec { execs[id] = nil }
        return exec
    }

    /// The execs that run, by their process ids inside.
    package func execPIDs() async -> [Int32: String] {
        var ids: [Int32: String] = [:]
        for (id, exec) in execs {
            let pid = await exec.pid
            if pid > 0, exec.exit.value == nil { ids[pid] = id }
        }
        return ids
    }
}

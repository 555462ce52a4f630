package import OCI
package import Runtime

extension InitProcess {
    /// Where the container is in its life.
    package var status: ProcessStatus { phase.status }

    /// Sets the size of the terminal; without one does nothing.
    package func resize(width: UInt16, height: UInt16) throws {
        try stdio.resize(width: width, height: height)
    }

    /// Lets the process see the end of its input.
    package func closeInput() { stdio.closeInput() }

    /// Changes the limits of the container.
    package func update(_ resources: Spec.LinuxResources) async throws {
        try phase.check(.update, .container)
        do {
            try await container.update(resources)
        } catch {
            throw ProcessError("OCI runtime update failed", cause: error)
        }
    }

    /// What the container uses; of a stopped one, and of one that does not answer in time, the last sample.
    package func statistics(within limit: Duration = .milliseconds(900)) async throws -> Statistics {
        try phase.check(.statistics, .container)
        if exit.value != nil { return statisticsCache.value ?? Statistics() }
        return try await statisticsCache.ask(within: limit) { [container] in
            try await container.statistics()
        }
    }

    /// What the sandbox of the container uses, all its containers together.
    nonisolated package func sandboxStatistics() -> Statistics { container.sandboxStatistics() }

    /// The processes inside by their ids there; the last known ones when the sandbox does not answer in time.
    package func processes(within limit: Duration = .milliseconds(900)) async -> [ProcessEntry] {
        guard exit.value == nil else { return [] }
        let entries = try? await processCache.ask(within: limit) { [container] in
            try await container.processes()
        }
        return entries ?? []
    }
}

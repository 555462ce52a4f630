package import Proc
internal import Runtime
internal import TTRPC

/// The containers of this shim by their ids, compared whole, and its sandbox where that was made by itself.
package actor Registry {
    private enum Entry {
        /// A container of this id is being made.
        case reserved
        case process(InitProcess)
    }

    private enum SandboxEntry {
        case reserved
        case sandbox(PodSandbox)
    }

    private var entries: [String: Entry] = [:]
    private var sandboxEntry: SandboxEntry?
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var closed = false
    /// Whether there has been no container yet.
    private(set) var isUnused = true
    /// Whether the end was asked for by the sandbox service.
    private(set) var endsAsSandbox = false

    package init() {}

    /// Sets an id aside for a container that is being made.
    ///
    /// - Throws: `ProcessError` `alreadyExists`; `Status` `unavailable` once the shim ends.
    package func reserve(_ id: String) throws {
        if closed { throw Status(.unavailable, "the shim is shutting down") }
        guard entries[id] == nil else { throw ProcessError(.alreadyExists, "container \(id)") }
        entries[id] = .reserved
    }

    /// Puts the container in the place that was set aside for it.
    package func add(_ process: InitProcess) {
        entries[process.id] = .process(process)
        isUnused = false
        resumeWaiting()
    }

    /// Frees an id.
    package func remove(_ id: String) {
        entries[id] = nil
        resumeWaiting()
    }

    /// How long a container that is being made is waited for: everybody has an answer within a second.
    private static let patience = Duration.milliseconds(800)

    /// The container of an id.
    ///
    /// One that is being made is waited for, as with runc's shim: a client whose input has ended already looks for the task
    /// to have its input closed (nerdctl), and would not ask again.
    ///
    /// - Throws: `ProcessError` `notFound`, also if it is still being made after that.
    package func container(_ id: String) async throws -> InitProcess {
        if isReserved(id) { _ = await within(Self.patience) { await self.whileReserved(id) } }
        guard case .process(let process) = entries[id] else {
            throw ProcessError(.notFound, "container \(id) not created")
        }
        return process
    }

    private func isReserved(_ id: String) -> Bool { if case .reserved = entries[id] { true } else { false } }

    private func whileReserved(_ id: String) async {
        while isReserved(id) { await withCheckedContinuation { waiting.append($0) } }
    }

    private func resumeWaiting() {
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    /// All containers, in the order of their ids.
    package var containers: [InitProcess] {
        entries.sorted { $0.key < $1.key }.compactMap {
            if case .process(let process) = $0.value { process } else { nil }
        }
    }

    /// Whether there is no container and no sandbox, nor one being made.
    package var isEmpty: Bool { entries.isEmpty && sandboxEntry == nil }

    /// Takes no more containers from now on, if there are none.
    ///
    /// - Returns: Whether there are none.
    package func closeIfEmpty() -> Bool {
        if isEmpty { closed = true }
        return isEmpty
    }

    /// Takes no more containers from now on.
    func close() { closed = true }

    /// Notes who asks for the end.
    func endAsSandbox() { endsAsSandbox = true }
}

extension Registry {
    /// Sets the place of the sandbox aside, of which a shim has one.
    ///
    /// - Throws: `ProcessError` `alreadyExists`; `Status` `unavailable` once the shim ends.
    func reserveSandbox(_ id: String) throws {
        if closed { throw Status(.unavailable, "the shim is shutting down") }
        guard isEmpty else { throw ProcessError(.alreadyExists, "sandbox \(id): the shim has one already") }
        sandboxEntry = .reserved
    }

    /// Puts the sandbox in the place that was set aside for it, or with `nil` gives the place back.
    func setSandbox(_ sandbox: PodSandbox?) { sandboxEntry = sandbox.map(SandboxEntry.sandbox) }

    /// The sandbox, if it was made by itself.
    var sandbox: PodSandbox? {
        if case .sandbox(let sandbox) = sandboxEntry { sandbox } else { nil }
    }

    /// The sandbox of an id.
    ///
    /// - Throws: `ProcessError` `notFound`, also while it is being made.
    func sandbox(_ id: String) throws -> PodSandbox {
        guard let sandbox, sandbox.id == id else { throw ProcessError(.notFound, "sandbox \(id) not found") }
        return sandbox
    }
}

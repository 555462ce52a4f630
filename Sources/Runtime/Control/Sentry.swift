package import OCI
package import Sys

/// The calls that the shim makes to a Sentry, by their names in gVisor's control server.
///
/// What differs between releases is decided by the contract; callers do not see it.
package struct Sentry: Sendable {
    /// The way to the control socket.
    package let client: ControlClient
    /// The release's forms of the calls.
    package let contract: Contract
    /// How long each call may take.
    package let bounds: Bounds

    /// A Sentry behind a control socket.
    package init(client: ControlClient, contract: Contract, bounds: Bounds = Bounds()) {
        self.client = client
        self.contract = contract
        self.bounds = bounds
    }

    /// Starts the sandbox's own container.
    ///
    /// - Throws: `ControlError`; the Sentry's own words where it refuses.
    package func startRoot(_ id: String) async throws {
        try await client.call("containerManager.StartRoot", .string(id), deadline: bounds.work)
    }

    /// Waits for the end of a started container's init process, without a bound.
    package func wait(_ id: String) async throws -> WaitStatus {
        try waitStatus(await client.call("containerManager.Wait", .string(id), deadline: nil))
    }

    /// Waits for the end of a process, without a bound.
    ///
    /// The Sentry forgets the process with the answer.
    package func waitPID(_ pid: Int32, in id: String) async throws -> WaitStatus {
        let argument: JSONValue = ["PID": JSONValue(pid), "CID": .string(id)]
        return try waitStatus(await client.call("containerManager.WaitPID", argument, deadline: nil))
    }

    private func waitStatus(_ value: JSONValue) throws -> WaitStatus {
        guard let raw = value.integer(UInt32.self) else {
            throw ControlError.malformed(method: "containerManager.Wait", reason: "expected a wait status")
        }
        return WaitStatus(rawValue: Int32(truncatingIfNeeded: raw))
    }

    /// Sends a signal.
    ///
    /// - Parameter bound: how long the Sentry has for its answer.
    /// - Throws: `ControlError`.
    package func signal(_ signal: Int32, in id: String, to target: SignalTarget, bound: Duration) async throws
    {
        let (pid, mode): (Int32, Int) =
            switch target {
            case .initProcess: (0, 0)
            case .all: (0, 1)
            case .process(let pid): (pid, 0)
            case .foreground(let pid): (pid, 2)
            }
        let argument: JSONValue = [
            "CID": .string(id), "Signo": JSONValue(signal), "PID": JSONValue(pid), "Mode": JSONValue(mode),
        ]
        try await client.call("containerManager.Signal", argument, deadline: bound)
    }

    /// The processes of a container, by their ids in it.
    ///
    /// - Throws: `ControlError`.
    package func processes(in id: String) async throws -> [ProcessEntry] {
        let list = try await client.call(
            "containerManager.Processes", .string(id), limit: ControlClient.longAnswerLimit,
            deadline: bounds.answer)
        return (list.array ?? []).compactMap { entry in
            guard let pid = entry["pid"]?.integer(Int32.self) else { return nil }
            return ProcessEntry(
                pid: pid, parent: entry["ppid"]?.integer() ?? 0, uid: entry["uid"]?.integer() ?? 0,
                command: entry["cmd"]?.string ?? "")
        }
    }

    /// The Sentry's counters, in the form of its `Event` call.
    package func event(of id: String) async throws -> JSONValue {
        let argument: JSONValue = contract.eventTakesContainerID ? .string(id) : .null
        return try await client.call("containerManager.Event", argument, deadline: .milliseconds(800))
    }

    /// - Parameter method: the release's own, from the form of the arguments.
    package func setNetwork(
        _ method: String, _ arguments: JSONValue, _ descriptors: [OwnedFD]
    ) async throws {
        try await client.call(
            method, arguments, descriptors: descriptors, deadline: bounds.work)
    }

    /// Stops all processes of the sandbox.
    package func pause() async throws {
        let method = contract.hasContainerRuntimeState ? "containerManager.Pause" : "Lifecycle.Pause"
        try await client.call(method, deadline: bounds.work)
    }

    /// Continues them.
    package func resume() async throws {
        let method = contract.hasContainerRuntimeState ? "containerManager.Resume" : "Lifecycle.Resume"
        try await client.call(method, deadline: bounds.work)
    }

    /// - Parameter terminal: the slave of the container's pseudo-terminal, if it has one.
    package func createSubcontainer(_ id: String, terminal: OwnedFD?) async throws {
        try await client.call(
            "containerManager.CreateSubcontainer", ["CID": .string(id)],
            descriptors: terminal.map { [$0] } ?? [], deadline: bounds.work)
    }

    /// Starts a container that has joined the sandbox.
    ///
    /// - Parameters:
    ///   - arguments: a `StartArgs` in the release's form.
    ///   - descriptors: its stdio, filestores and gofer connections, in the order that the arguments tell.
    /// - Throws: `ControlError`.
    package func startSubcontainer(_ arguments: JSONValue, _ descriptors: [OwnedFD]) async throws {
        try await client.call(
            "containerManager.StartSubcontainer", arguments, descriptors: descriptors,
            deadline: bounds.work)
    }

    /// Takes a container out of the sandbox; one that runs is killed.
    ///
    /// - Throws: `ControlError`.
    package func destroySubcontainer(_ id: String) async throws {
        try await client.call("containerManager.DestroySubcontainer", .string(id), deadline: bounds.work)
    }

    /// Starts a process; the result is its id in the sandbox's root pid namespace.
    package func executeAsync(_ arguments: JSONValue, _ descriptors: [OwnedFD]) async throws -> Int32 {
        let pid = try await client.call(
            "containerManager.ExecuteAsync", arguments, descriptors: descriptors, deadline: bounds.work)
        guard let pid = pid.integer(Int32.self) else {
            throw ControlError.malformed(
                method: "containerManager.ExecuteAsync", reason: "expected a process id")
        }
        return pid
    }

    /// Connects a socket to a port of 127.0.0.1 in the sandbox.
    ///
    /// - Throws: `ControlError`, also where nobody listens at the port.
    package func forwardPort(_ port: UInt16, in id: String, to socket: OwnedFD) async throws {
        let argument: JSONValue = ["ContainerID": .string(id), "Port": JSONValue(port)]
        try await client.call(
            "containerManager.PortForward", argument, descriptors: [socket], deadline: bounds.answer)
    }

    /// The stacks of all goroutines of the Sentry.
    package func stacks() async throws -> String {
        try await client.call("debug.Stacks", limit: ControlClient.longAnswerLimit, deadline: .seconds(2))
            .string ?? ""
    }
}

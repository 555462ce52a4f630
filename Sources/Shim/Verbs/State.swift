internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// Where a process is in its life; answered from what is known here, never by the sandbox.
    func state(_ request: StateRequest) async throws -> StateResponse {
        let container = try await registry.container(request.id)
        var response = StateResponse(bundle: container.bundle)
        let status = await container.status
        if request.execID.isEmpty {
            response.id = container.id
            response.pid = UInt32(container.pid)
            response.status = TaskStatus(status)
            response.take(container.stdioPaths)
            response.take(container.exit.value)
        } else {
            let exec = try await container.exec(request.execID)
            response.id = exec.id
            response.pid = UInt32(await exec.pid)
            let own = await exec.status
            // With the container all its processes are stopped.
            let pauses = own == .running && (status == .paused || status == .pausing)
            response.status = TaskStatus(pauses ? status : own)
            response.take(exec.stdioPaths)
            response.take(exec.exit.value)
        }
        return response
    }
}

extension TaskStatus {
    fileprivate init(_ status: ProcessStatus) {
        self =
            switch status {
            case .created: .created
            case .running: .running
            case .pausing: .pausing
            case .paused: .paused
            case .stopped: .stopped
            }
    }
}

extension StateResponse {
    fileprivate mutating func take(_ stdio: StdioPaths) {
        stdin = stdio.stdin
        stdout = stdio.stdout
        stderr = stdio.stderr
        terminal = stdio.terminal
    }

    fileprivate mutating func take(_ exit: ContainerExit?) {
        exitStatus = exit?.code ?? 0
        exitedAt = exit?.timestamp
    }
}

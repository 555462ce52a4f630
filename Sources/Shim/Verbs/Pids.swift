internal import Messages
internal import Proc
internal import Runtime

extension TaskService {
    /// The processes of a container.
    ///
    /// The first is the task's own, by the host's process id, for as long as the container is not deleted: a
    /// containerd that starts anew takes a shim without processes for a leftover. The others have no process id
    /// on the host, so they are listed by those inside.
    func pids(_ request: PidsRequest) async throws -> PidsResponse {
        let container = try await registry.container(request.id)
        let inside = await container.processes()
        let execs = await container.execPIDs()
        var processes = [TaskProcessInfo(pid: UInt32(container.pid))]
        for process in inside where process.pid > 1 && process.pid != container.pid {
            let details = execs[process.pid].map { AnyMessage(packing: RuncProcessDetails(execID: $0)) }
            processes.append(TaskProcessInfo(pid: UInt32(process.pid), info: details))
        }
        return PidsResponse(processes: processes)
    }
}

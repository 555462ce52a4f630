import Sys

extension RunscContainer {
    /// Ends the container's processes in the sandbox, as gently as they allow.
    func leaveSandbox() async {
        if isRoot {
            guard exit.value != nil, sandbox.boot.status == nil else { return }
            _ = try? await withDeadline(launch.configuration.bounds.ownEnd, "end of the sandbox") {
                [sandbox] in
                try await sandbox.boot.wait()
            }
        } else if sandbox.boot.status == nil {
            // A Sentry that cannot do it is left to the end of its root container.
            try? await sandbox.sentry.destroySubcontainer(id)
            exit.report(ContainerExit(code: 128 + UInt32(Signal.kill), time: Kernel.realTime()))
        }
    }
}

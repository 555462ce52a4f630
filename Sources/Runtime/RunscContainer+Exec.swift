package import OCI
import Sys

extension RunscContainer {
    package func exec(_ process: Spec.Process, stdio: GuestStdio) async throws -> Int32 {
        _ = try process.validate()
        let arguments = ExecArguments(
            container: id, process: process, containerCapabilities: launch.spec.spec.process?.capabilities,
            allowRawSockets: launch.configuration.isOn("net-raw", launch.contract))
        let json = try arguments.json(namesGuestDescriptors: launch.contract.hasGoferMountConfs)
        let descriptors = try stdio.forSandbox(launch)
        return try await shielded { [self] in
            sandbox.stayAwake()
            return try await describing("exec") {
                try await sandbox.sentry.executeAsync(json, descriptors)
            }
        }
    }

    package func waitExec(_ pid: Int32) async -> ContainerExit {
        let end = await askForEnd("process \(pid)") { try await sandbox.sentry.waitPID(pid, in: id) }
        if let end { return end }
        // The sandbox has ended, or is about to, and all its processes with it.
        _ = try? await sandbox.boot.wait()
        return ContainerExit(code: 128 + UInt32(Signal.kill), time: Kernel.realTime())
    }
}

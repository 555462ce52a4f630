import OCI
import Sys

/// Everything that a container holds on the host, released in one place, also when only half of it came to be.
struct ContainerResources: Sendable {
    /// The bound on the end of a killed process: the kernel may have to free all its memory.
    static let reapBound: Duration = .seconds(10)

    var gofer: ChildProcess?
    /// Of a root container.
    var boot: ChildProcess?
    var control: ControlSocket?
    private(set) var filestores = Filestores()

    /// Makes the files that overlaid mounts need, and returns the launch with the mounts as they then are.
    mutating func makeFilestores(for launch: Launch) throws -> Launch {
        guard launch.contract.hasGoferFilestoreFDs else { return launch }
        var launch = launch
        launch.mounts = try filestores.make(for: launch.mounts, overlay: launch.overlay, sandbox: launch.id)
        return launch
    }

    /// Ends the processes, waits for them, and removes what they used.
    mutating func release() async {
        control?.remove()
        for process in [boot, gofer] {
            guard let process, process.status == nil else { continue }
            process.kill(Signal.kill)
            _ = try? await withDeadline(Self.reapBound, "end of \(process.program)") {
                try await process.wait()
            }
        }
        filestores.remove()
    }
}

import OCI
import Sys

extension RunscContainer {
    /// Refuses the hooks that would have to run inside the sandbox, whose processes are not the host's.
    ///
    /// Newer gofers call those of `createContainer`, in their mount namespace and with the container's files in place.
    static func checkHooks(_ hooks: Spec.Hooks?, _ contract: Contract) throws(RuntimeError) {
        if hooks?.createContainer.isEmpty == false && !contract.needsGoferRPCFD {
            throw RuntimeError(
                .unsupported,
                "config.json: hooks.createContainer is not supported by runsc \(contract.version): "
                    + "its gofer calls no hooks")
        }
        guard hooks?.startContainer.isEmpty != false else {
            throw RuntimeError(
                .unsupported,
                "config.json: hooks.startContainer is not supported by runsc \(contract.version): "
                    + "its sandbox runs nothing in a container before the container's own process")
        }
    }

    /// Runs the hooks of the create operation: those of the runtime's namespace, once the sandbox is there.
    ///
    /// - Throws: the first hook's failure; the container is to be destroyed then.
    func runCreateHooks() async throws {
        guard let hooks = launch.spec.spec.hooks else { return }
        try await Hooks.executeAll(hooks.prestart + hooks.createRuntime, state: hookState(.creating))
    }

    /// Runs the hooks after the start.
    ///
    /// A failure does not undo it; what failed is logged.
    func runPoststartHooks() async {
        guard let hooks = launch.spec.spec.hooks, !hooks.poststart.isEmpty else { return }
        for warning in await Hooks.executeBestEffort(hooks.poststart, state: hookState(.running)) {
            warn(warning)
        }
    }

    /// Runs the hooks after the container is gone.
    ///
    /// A failure changes nothing; what failed is logged.
    func runPoststopHooks() async {
        guard let hooks = launch.spec.spec.hooks, !hooks.poststop.isEmpty else { return }
        for warning in await Hooks.executeBestEffort(hooks.poststop, state: hookState(.stopped)) {
            warn(warning)
        }
    }

    private func hookState(_ status: State.Status) -> State {
        let spec = launch.spec.spec
        return State(
            ociVersion: spec.ociVersion, id: id, status: status, pid: status == .stopped ? 0 : pid,
            bundle: launch.bundle, annotations: spec.annotations)
    }
}

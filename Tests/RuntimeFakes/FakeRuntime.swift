package import Runtime
internal import Synchronization

/// Makes fake containers.
package final class FakeRuntime: ContainerRuntime {
    package let isRoot: Bool
    private let state = Mutex(State())

    private struct State {
        var request: CreateRequest?
        var container: FakeContainer?
        var failure: (any Error)?
        var held: Signalled<Void>?
    }

    private let isAlive: Bool

    /// - Parameter isAlive: whether its containers behave by themselves.
    package init(isRoot: Bool = true, isAlive: Bool = false, failing failure: (any Error)? = nil) {
        self.isRoot = isRoot
        self.isAlive = isAlive
        state.withLock { $0.failure = failure }
    }

    package var container: FakeContainer? { state.withLock { $0.container } }

    /// The last one.
    package var request: CreateRequest? { state.withLock { $0.request } }

    /// Has the next creations wait for the signal.
    package func hold() -> Signalled<Void> {
        let signal = Signalled<Void>()
        state.withLock { $0.held = signal }
        return signal
    }

    package func create(_ request: CreateRequest) async throws -> any Container {
        await state.withLock { $0.held }?.value()
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let container = FakeContainer(
            id: request.id, isRoot: isRoot, isAlive: isAlive, stdio: request.stdio)
        state.withLock { state in
            state.container = container
            state.request = request
        }
        return container
    }
}

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

    package func create(_ request: CreateRequest) async throws -> any Container {
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

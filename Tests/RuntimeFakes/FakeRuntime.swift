package import Runtime
internal import Synchronization

/// Makes fake containers.
package final class FakeRuntime: ContainerRuntime {
    package let isRoot: Bool
    private let state = Mutex<(container: FakeContainer?, failure: (any Error)?)>((nil, nil))

    package init(isRoot: Bool = true, failing failure: (any Error)? = nil) {
        self.isRoot = isRoot
        state.withLock { $0.failure = failure }
    }

    package var container: FakeContainer? { state.withLock { $0.container } }

    package func create(_ request: CreateRequest) async throws -> any Container {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let container = FakeContainer(id: request.id, isRoot: isRoot, stdio: request.stdio)
        state.withLock { $0.container = container }
        return container
    }
}

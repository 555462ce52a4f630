package import Messages

/// Takes events for containerd, in the order of the calls; never blocks.
package protocol EventPublisher: Sendable {
    func publish(_ topic: String, _ event: some Message)

    /// Sees what a containerd that was away has missed taken, but waits no longer than `limit`.
    func catchUp(within limit: Duration) async
}

extension EventPublisher {
    package func catchUp(within limit: Duration) async {}
}

extension Publisher: EventPublisher {}

/// Makes and undoes the mounts of a root file system.
package struct RootfsMounter: Sendable {
    package var mount: @Sendable (_ mounts: [RootfsMount], _ rootfs: String) async throws -> Void
    package var unmount: @Sendable (_ rootfs: String) async throws -> Void

    package init(
        mount: @escaping @Sendable ([RootfsMount], String) async throws -> Void,
        unmount: @escaping @Sendable (String) async throws -> Void
    ) {
        self.mount = mount
        self.unmount = unmount
    }

    /// Mounts on this host.
    package static let host = RootfsMounter(
        mount: { try await RootfsMounts.mount($0, at: $1) }, unmount: { try await RootfsMounts.unmount($0) })
}

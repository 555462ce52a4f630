package import Runtime

/// What containerd has to hear of one container, in the order in which it happened.
package enum ProcessEvent: Sendable, Equatable {
    case created(pid: Int32)
    case started(pid: Int32)
    case execAdded(id: String)
    case execStarted(id: String, pid: Int32)
    /// `exec` is the exec's id, or `nil` for the init process.
    case exited(exec: String?, pid: Int32, ContainerExit)
    /// The kernel has killed the container for want of memory; its exit follows.
    case outOfMemory
    case paused
    case resumed
    /// The sandbox was saved into this directory.
    case checkpointed(image: String)
    case deleted(pid: Int32, ContainerExit)
}

/// Takes the events of a container; must not block and keeps their order.
package typealias EventSink = @Sendable (ProcessEvent) -> Void

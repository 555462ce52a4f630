/// The state of a process as containerd knows it: `containerd.v1.types.Status`.
package enum TaskStatus: Int32, Sendable, CaseIterable, WireEnum {
    /// Also what a number from a later version decodes as.
    case unknown = 0
    case created = 1
    case running = 2
    case stopped = 3
    case paused = 4
    case pausing = 5

    init(wireValue: Int32) {
        self = TaskStatus(rawValue: wireValue) ?? .unknown
    }

    var wireValue: Int32 { rawValue }
}

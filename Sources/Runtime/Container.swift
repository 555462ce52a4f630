package import OCI
package import Sys

/// What a container of a sandbox can do: the seam between the process layer and the embedded runtime.
///
/// `RunscContainer` is the real one; tests of the layers above put another in its place. No call but the two
/// waits may take longer than the bound that its implementation names.
///
/// What changes the container is carried out to its end when the calling task is cancelled meanwhile: a sandbox that was
/// asked cannot be asked to forget it, so the caller has to learn what has become of it.
package protocol Container: Sendable {
    var id: String { get }

    /// The host's process id of the sandbox: what containerd is told as the task's pid.
    var pid: Int32 { get }

    /// Whether the sandbox is this container's own, so that both end together.
    var isRoot: Bool { get }

    /// Runs the init process of a created container.
    ///
    /// - Throws: `RuntimeError`; a root container's sandbox is then still there, until `destroy()`.
    func start() async throws

    /// Waits for the end of the init process. Any number of tasks may wait, before the start and after the end.
    func wait() async -> ContainerExit

    /// Runs another process in a running container.
    ///
    /// - Returns: the process id inside the container's pid namespace.
    func exec(_ process: Spec.Process, stdio: GuestStdio) async throws -> Int32

    /// Waits for the end of a process that `exec` started; to be called once for each.
    func waitExec(_ pid: Int32) async -> ContainerExit

    /// Sends a signal.
    func signal(_ signal: Int32, to target: SignalTarget) async throws

    /// The processes inside.
    func processes() async throws -> [ProcessEntry]

    /// What the Sentry says about the container now.
    func status() async throws -> ContainerStatus

    /// Stops and continues all processes of the whole sandbox.
    func pause() async throws
    func resume() async throws

    /// Saves the whole sandbox into the directory of an image, and ends it unless it is to be left running.
    ///
    /// - Throws: `RuntimeError`, `unsupported` if the release cannot; then no image is there.
    func checkpoint(to imagePath: String, leaveRunning: Bool) async throws

    /// What the container uses of the host.
    func statistics() async throws -> Statistics

    /// What the whole sandbox uses, as the host counts it.
    func sandboxStatistics() -> Statistics

    /// Changes the limits of the container.
    func update(_ resources: Spec.LinuxResources) async throws

    /// Whether the kernel has killed processes of the sandbox for want of memory, and no other container's end was
    /// put down to it. To be asked when a container has ended.
    func outOfMemory() -> Bool

    /// Ends the container, and with a root container its sandbox, and releases everything that it holds on the
    /// host. Safe to call in any state, also when half of it is gone.
    func destroy() async throws
}

/// Makes containers.
package protocol ContainerRuntime: Sendable {
    /// Makes a container up to the point where only its init process is missing.
    ///
    /// - Throws: an error that names what failed, after everything made on the way has been released.
    func create(_ request: CreateRequest) async throws -> any Container
}

/// What a new container is made from.
package struct CreateRequest: Sendable {
    /// The container's id, in any form; it is checked.
    package var id: String
    /// Absolute path of the OCI bundle.
    package var bundle: String
    /// The files of the init process.
    package var stdio: GuestStdio
    /// A directory with the image of a saved sandbox: the start restores it instead of running the spec's process.
    package var checkpoint: String?
    /// What the container shares with the others of its pod, where that is not in the specs that containerd writes.
    package var pod: PodShare?

    /// A request; only what is not a container's own has defaults.
    package init(
        id: String, bundle: String, stdio: GuestStdio, checkpoint: String? = nil, pod: PodShare? = nil
    ) {
        self.id = id
        self.bundle = bundle
        self.stdio = stdio
        self.checkpoint = checkpoint
        self.pod = pod
    }
}

/// What all containers of a pod get from its sandbox.
package struct PodShare: Sendable, Equatable {
    /// The id of the sandbox that they join.
    package let sandbox: String
    /// For the places at which a container has no mount of its own.
    package let mounts: [Spec.Mount]

    /// What the containers of one sandbox get.
    package init(sandbox: String, mounts: [Spec.Mount]) {
        self.sandbox = sandbox
        self.mounts = mounts
    }
}

/// The first three files of a process.
///
/// The sandbox gets copies; the originals stay the caller's.
package enum GuestStdio: Sendable {
    case files(input: OwnedFD, output: OwnedFD, error: OwnedFD)
    /// The slave of a pseudo-terminal, as all three.
    case terminal(OwnedFD)
}

/// How a process ended, and when.
package struct ContainerExit: Sendable, Equatable {
    /// The exit code, or 128 plus the signal that ended the process.
    package let code: UInt32
    /// Nanoseconds since 1970.
    package let time: Int64

    /// An end at a time.
    package init(code: UInt32, time: Int64) {
        self.code = code
        self.time = time
    }
}

/// Whom a signal is for.
package enum SignalTarget: Sendable, Equatable {
    case initProcess
    /// Every process of the container.
    case all
    /// A process by its id inside the container.
    case process(Int32)
    /// The foreground process group of the terminal of a process.
    case foreground(Int32)
}

/// A container's state as the OCI runtime specification names it, with the Sentry's pause.
package enum ContainerStatus: String, Sendable {
    case creating, created, running, paused, stopped
}

/// A process inside a container.
package struct ProcessEntry: Sendable, Equatable {
    /// The process id inside the container.
    package let pid: Int32
    /// The process id of its parent; 0 for the first.
    package let parent: Int32
    /// The user inside the container.
    package let uid: UInt32
    /// The name of the program.
    package let command: String

    /// A process of these properties.
    package init(pid: Int32, parent: Int32, uid: UInt32, command: String) {
        self.pid = pid
        self.parent = parent
        self.uid = uid
        self.command = command
    }
}

/// What a container uses of the host.
package struct Statistics: Sendable, Equatable {
    /// Nanoseconds.
    package var cpuTotal: UInt64 = 0
    /// Of that, in the processes themselves.
    package var cpuUser: UInt64 = 0
    /// Of that, in the host's kernel.
    package var cpuKernel: UInt64 = 0
    /// What a quota of CPU time did to the sandbox.
    package var throttling = Throttling()
    /// Bytes.
    package var memoryUsage: UInt64 = 0
    /// Bytes, or `unlimited`.
    package var memoryLimit: UInt64 = 0
    /// The most bytes that were used at one time.
    package var memoryPeak: UInt64 = 0
    /// The number of processes.
    package var pids: UInt64 = 0
    /// How many there may be, or `unlimited`.
    package var pidsLimit: UInt64 = 0
    /// What went over the network, by interface.
    package var interfaces: [InterfaceStatistics] = []

    /// The value of a limit that there is not.
    package static let unlimited = UInt64.max

    /// Nothing used, and no limit known.
    package init() {}
}

/// How often, and for how long, a quota of CPU time held processes back.
package struct Throttling: Sendable, Equatable {
    /// The periods in which processes ran, and of these the ones in which the quota was used up.
    package var periods: UInt64 = 0
    /// Those in which the quota was used up.
    package var throttledPeriods: UInt64 = 0
    /// Nanoseconds.
    package var throttledTime: UInt64 = 0

    /// Never held back.
    package init() {}
}

/// The counters of one network interface.
package struct InterfaceStatistics: Sendable, Equatable {
    /// The interface's name inside.
    package var name: String
    /// Bytes that came in.
    package var receivedBytes: UInt64 = 0
    /// Packets that came in.
    package var receivedPackets: UInt64 = 0
    /// Bytes that went out.
    package var sentBytes: UInt64 = 0
    /// Packets that went out.
    package var sentPackets: UInt64 = 0

    /// An interface over which nothing went yet.
    package init(name: String) { self.name = name }
}

/// Where a process is in its life; the same for the init process of a container and for one added by exec.
///
/// The phases in "-ing" are those of an operation under way: an actor can be entered again while it waits for
/// the runtime, so the phase is taken before the wait and committed or given back after it.
package enum Phase: String, Sendable, CaseIterable {
    case created, starting, running, pausing, paused, resuming, killing, stopped, deleting, deleted
}

/// What happens to a process: requests begin an operation, the others say how it ended.
package enum Event: String, Sendable, CaseIterable {
    case start, startSucceeded, startFailed, startAborted
    case pause, pauseSucceeded, pauseFailed
    case resume, resumeSucceeded, resumeFailed
    case kill, killFailed
    case exit
    case delete, deleteSucceeded, deleteFailed
}

/// One legal move.
package struct Transition: Sendable, Equatable {
    package let from: Phase
    package let event: Event
    package let to: Phase

    init(_ from: Phase, _ event: Event, _ to: Phase) {
        self.from = from
        self.event = event
        self.to = to
    }
}

extension Phase {
    /// Every legal move; what is not here is refused.
    ///
    /// `docs/lifecycle.md` holds the same table with its reasons. An exit that is known before the start has
    /// been answered has no row: it is kept aside until the start is settled, so that nobody hears of an end
    /// before the beginning.
    package static let table: [Transition] = [
        Transition(.created, .start, .starting),
        Transition(.created, .kill, .killing),
        Transition(.created, .exit, .stopped),
        Transition(.created, .delete, .deleting),
        Transition(.starting, .startSucceeded, .running),
        Transition(.starting, .startFailed, .created),
        Transition(.starting, .startAborted, .stopped),
        Transition(.running, .pause, .pausing),
        Transition(.running, .exit, .stopped),
        Transition(.pausing, .pauseSucceeded, .paused),
        Transition(.pausing, .pauseFailed, .running),
        Transition(.pausing, .exit, .stopped),
        Transition(.paused, .resume, .resuming),
        Transition(.paused, .exit, .stopped),
        Transition(.resuming, .resumeSucceeded, .running),
        Transition(.resuming, .resumeFailed, .paused),
        Transition(.resuming, .exit, .stopped),
        Transition(.killing, .killFailed, .created),
        Transition(.killing, .exit, .stopped),
        Transition(.stopped, .delete, .deleting),
        Transition(.deleting, .exit, .deleting),
        Transition(.deleting, .deleteSucceeded, .deleted),
        Transition(.deleting, .deleteFailed, .stopped),
    ]

    /// The phase after an event.
    ///
    /// - Throws: `IllegalTransition` for a move that the table does not have.
    package func after(_ event: Event) throws(IllegalTransition) -> Phase {
        for row in Self.table where row.from == self && row.event == event { return row.to }
        throw IllegalTransition(from: self, event: event)
    }

    /// The phase as containerd and its users know it.
    package var status: ProcessStatus {
        switch self {
        case .created, .starting, .killing: .created
        case .running: .running
        case .pausing: .pausing
        case .paused, .resuming: .paused
        case .stopped, .deleting, .deleted: .stopped
        }
    }
}

/// The states that containerd can be told of.
package enum ProcessStatus: String, Sendable {
    case created, running, pausing, paused, stopped
}

/// A move that the table does not have.
package struct IllegalTransition: Error, Sendable, Equatable, CustomStringConvertible {
    package let from: Phase
    package let event: Event

    package var description: String { "no transition from \(from.rawValue) on \(event.rawValue)" }
}

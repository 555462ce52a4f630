internal import Runtime

/// A request that a phase allows or refuses.
package enum Verb: String, Sendable, CaseIterable {
    case start, pause, resume, checkpoint, kill, exec, update, statistics, delete
}

/// What a request is about, as the refusal calls it.
package enum Subject: String, Sendable {
    /// The init process.
    case container
    /// A process added by exec.
    case process
}

extension Phase {
    /// Passes or refuses a request, in the words that containerd's users know from its runc shim.
    ///
    /// - Throws: `ProcessError`: `failedPrecondition`, or `notFound` where the object is no more.
    package func check(_ verb: Verb, _ subject: Subject) throws(ProcessError) {
        guard !allows(verb, subject) else { return }
        switch (verb, self) {
        case (.kill, .created), (.kill, .starting):
            throw ProcessError(.failedPrecondition, "process not created")
        case (.kill, .deleted):
            throw ProcessError(.notFound, "process not found")
        case (.kill, _):
            throw ProcessError(.notFound, "process already finished")
        case (.exec, _):
            throw ProcessError(.failedPrecondition, "cannot exec in a \(word) state")
        case (.pause, .created), (.resume, .created), (.checkpoint, .created), (.pause, .starting),
            (.resume, .starting), (.checkpoint, .starting):
            throw ProcessError(.failedPrecondition, "cannot \(verb.rawValue) task in created state")
        case (.statistics, _):
            throw ProcessError(.failedPrecondition, "cannot stat a \(word) \(subject.rawValue)")
        case (.delete, .deleted):
            throw ProcessError(.notFound, "cannot delete a deleted \(subject.rawValue)")
        default:
            throw ProcessError(
                .failedPrecondition, "cannot \(verb.rawValue) a \(word) \(subject.rawValue)")
        }
    }

    /// Whether a request can be begun now.
    package func allows(_ verb: Verb, _ subject: Subject) -> Bool {
        let alive: [Phase] = [.running, .pausing, .paused, .resuming]
        return switch verb {
        case .start: self == .created
        case .pause: self == .running
        case .resume: self == .paused
        // containerd pauses a container before it has it saved.
        case .checkpoint: self == .running || self == .paused
        case .delete: self == .created || self == .stopped
        case .exec: [.created, .starting, .running].contains(self)
        // Nobody is there yet to get the signal of an exec; an unstarted container has its sandbox.
        case .kill: alive.contains(self) || subject == .container && status == .created
        case .update: alive.contains(self) || status == .created
        // Of a stopped container the last sample: containerd polls an error for ever.
        case .statistics: self != .deleted
        }
    }

    /// The phase in a refusal: operations under way read as what they lead to.
    private var word: String {
        switch self {
        case .created: "created"
        case .starting, .running: "running"
        case .pausing, .paused, .resuming: "paused"
        case .killing, .stopped: "stopped"
        case .deleting, .deleted: "deleted"
        }
    }
}

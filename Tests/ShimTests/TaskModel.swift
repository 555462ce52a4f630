import Proc
import Runtime
import Shim
import TTRPC

/// A call that the stress test makes of one container.
enum ModelCall: String, CaseIterable {
    case create, start, kill, pause, resume, delete, state
}

/// What was answered: the status in which a container was said to be, or the refusal.
enum ModelAnswer: Hashable {
    case done
    case status(String)
    case refused(code: Int32, String)

    init(_ status: Status) { self = .refused(code: status.code.rawValue, status.message) }
    init(mapping error: any Error) { self.init(Status(mapping: error)) }
}

/// What is known of an id: the containers that had it, by the lifecycle's own table, and whether one is being made.
struct TaskModel: Hashable {
    struct Container: Hashable {
        var phase = Phase.created
        /// SIGKILL has ended its process, which is not known yet.
        var hasEnded = false
        /// The end is being reported.
        var isEnding = false
    }

    /// How far a call has come.
    struct Progress: Hashable {
        var step = 0
        /// The container that it found by the id; another may have the id since.
        var container = 0
        var isDone = false
    }

    private struct Moment: Hashable {
        var model: TaskModel
        var calls: [Progress]
    }

    private var containers: [Container] = []
    private var isReserved = false
    private var current: Int?

    /// Every state that can be there after calls that were made at once and answered as told; none if no order of
    /// their steps gives these answers.
    static func after(
        _ start: Set<TaskModel>, _ calls: [(call: ModelCall, answer: ModelAnswer)], id: String
    ) -> Set<TaskModel> {
        var open = start.map { Moment(model: $0, calls: calls.map { _ in Progress() }) }
        var seen = Set(open)
        var ends: Set<TaskModel> = []
        while let moment = open.popLast() {
            if moment.calls.allSatisfy(\.isDone) { ends.insert(moment.model.settled) }
            var next = moment.model.unasked().map { Moment(model: $0, calls: moment.calls) }
            for (index, call) in calls.enumerated() where !moment.calls[index].isDone {
                var (model, progress) = (moment.model, moment.calls[index])
                guard let answer = model.step(call.call, &progress, id: id) else { continue }
                if progress.isDone && answer != call.answer { continue }
                var after = Moment(model: model, calls: moment.calls)
                after.calls[index] = progress
                next.append(after)
            }
            for moment in next where seen.insert(moment).inserted { open.append(moment) }
        }
        return ends
    }

    /// Without the containers that nobody can ask for any more.
    private var settled: TaskModel {
        var model = TaskModel()
        model.isReserved = isReserved
        if let current {
            model.containers = [containers[current]]
            model.current = 0
        }
        return model
    }

    /// What can happen without a call: the end of a process becomes known.
    private func unasked() -> [TaskModel] {
        containers.indices.compactMap { index in
            var model = self
            if containers[index].isEnding {
                guard let next = try? containers[index].phase.after(.exit) else { return nil }
                model.containers[index].phase = next
                model.containers[index].isEnding = false
            } else if containers[index].hasEnded {
                model.containers[index].hasEnded = false
                model.containers[index].isEnding = true
            } else {
                return nil
            }
            return model
        }
    }

    /// Makes the next step of a call.
    ///
    /// - Returns: the answer, which counts once the call is done; `nil` if it has to wait.
    private mutating func step(_ call: ModelCall, _ at: inout Progress, id: String) -> ModelAnswer? {
        if call == .create { return create(&at, id: id) }
        if at.step == 0 {
            guard let current else {
                at.isDone = true
                return ModelAnswer(Status(.notFound, "container \(id) not created"))
            }
            at.container = current
            at.step = 1
            return .done
        }
        do {
            defer { at.step += 1 }
            return try act(call, &at)
        } catch {
            at.isDone = true
            return ModelAnswer(mapping: error)
        }
    }

    private mutating func create(_ at: inout Progress, id: String) -> ModelAnswer {
        at.isDone = at.step > 0
        if at.step == 0 {
            guard current == nil && !isReserved else {
                at.isDone = true
                return ModelAnswer(Status(.alreadyExists, "container \(id)"))
            }
            isReserved = true
            at.step = 1
        } else {
            isReserved = false
            containers.append(Container())
            current = containers.count - 1
        }
        return .done
    }

    private mutating func act(_ call: ModelCall, _ at: inout Progress) throws -> ModelAnswer? {
        let index = at.container
        let phase = containers[index].phase
        if at.step > 1 { return try finish(call, &at) }
        switch call {
        case .create: break
        case .state:
            at.isDone = true
            return .status(phase.status.rawValue)
        case .start:
            try phase.check(.start, .container)
            containers[index].phase = try phase.after(.start)
        case .pause:
            try phase.check(.pause, .container)
            containers[index].phase = try phase.after(.pause)
        case .resume:
            try phase.check(.resume, .container)
            containers[index].phase = try phase.after(.resume)
        case .delete:
            if phase == .killing || phase == .deleting { return nil }
            try phase.check(.delete, .container)
            containers[index].phase = try phase.after(.delete)
        case .kill:
            if phase == .starting { return nil }
            try phase.check(.kill, .container)
            if containers[index].isEnding { throw Self.finished }
            if phase == .created { containers[index].phase = try phase.after(.kill) }
            if phase == .killing { at.isDone = true }
        }
        return .done
    }

    private static let finished = ProcessError(.notFound, "process already finished")

    /// The step after the sandbox has answered.
    private mutating func finish(_ call: ModelCall, _ at: inout Progress) throws -> ModelAnswer? {
        let index = at.container
        let phase = containers[index].phase
        at.isDone = true
        switch call {
        case .start:
            containers[index].phase = try phase.after(.startSucceeded)
        case .pause:
            guard phase == .pausing else { throw Self.finished }
            containers[index].phase = try phase.after(.pauseSucceeded)
        case .resume:
            guard phase == .resuming else { throw Self.finished }
            containers[index].phase = try phase.after(.resumeSucceeded)
        case .kill where phase == .killing:
            // Until the end is known.
            at.isDone = false
            if at.step > 2 { return nil }
            containers[index].hasEnded = !containers[index].isEnding
        case .kill where at.step == 2:
            if phase != .stopped && phase != .deleting && phase != .deleted {
                containers[index].hasEnded = !containers[index].isEnding
            }
        case .delete where at.step == 2:
            containers[index].phase = try phase.after(.deleteSucceeded)
            at.isDone = false
        case .delete:
            if current == index { current = nil }
        case .create, .kill, .state:
            break
        }
        return .done
    }
}

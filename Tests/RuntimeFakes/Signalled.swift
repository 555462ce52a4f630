internal import Synchronization

/// A value that tasks wait for, set once.
package final class Signalled<Value: Sendable>: Sendable {
    private let state = Mutex<(value: Value?, waiting: [CheckedContinuation<Value, Never>])>((nil, []))

    package init() {}

    package func set(_ value: Value) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value, Never>] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    package func value() async -> Value {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Value? in
                if state.value == nil { state.waiting.append(continuation) }
                return state.value
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

extension Signalled where Value == Void {
    package func set() { set(()) }
}

/// Collects the events of a container, and lets a test wait for one.
package final class EventLog: Sendable {
    private let state = Mutex<(events: [String], waiting: [(String, CheckedContinuation<Void, Never>)])>(
        ([], []))

    package init() {}

    package var events: [String] { state.withLock { $0.events } }

    package func add(_ event: String) {
        let resumed = state.withLock { state in
            state.events.append(event)
            let resumed = state.waiting.filter { $0.0 == event }
            state.waiting.removeAll { $0.0 == event }
            return resumed
        }
        for waiting in resumed { waiting.1.resume() }
    }

    package func wait(for event: String) async {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state -> Bool in
                if state.events.contains(event) { return true }
                state.waiting.append((event, continuation))
                return false
            }
            if there { continuation.resume() }
        }
    }
}

import Glibc
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Many lives at once, of all kinds: each ends once, with the right code, and nothing is left of any.
    @Suite("Storm")
    struct StormTests {
        /// How long new lives begin, and how many are under way.
        private static let duration = Duration.seconds(15)
        private static let atOnce = 8

        /// How a container lives and ends.
        enum Life: CaseIterable, Sendable {
            case ends, execs, execKilled, paused, killedPaused, clientKilled, shimKilled, sentryKilled,
                created
        }

        /// Who lives next, by a seed.
        private final class Dice: Sendable {
            private let state = Mutex((generator: SeededGenerator(), number: 0))

            var seed: UInt64 { state.withLock { $0.generator.seed } }

            func next() -> (id: String, life: Life, code: Int) {
                state.withLock { state in
                    state.number += 1
                    let life = Life.allCases.randomElement(using: &state.generator) ?? .ends
                    return ("s\(state.number)", life, Int.random(in: 0...99, using: &state.generator))
                }
            }
        }

        @Test(arguments: Stack.underTest.filter { $0.runsc == .r24 && $0.containerd != .v1_7 })
        func everyLifeEndsOnce(_ stack: Stack) async throws {
            let dice = Dice()
            try await withContainerd(stack) { containerd in
                let log = try await EventLog(containerd)
                let began = ContinuousClock.now
                let ends = Watched<[String: Int]>([:])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<Self.atOnce {
                        group.addTask {
                            while ContinuousClock.now - began < Self.duration {
                                let (id, life, code) = dice.next()
                                do {
                                    let end = try await Self.live(id, life, code, containerd, log)
                                    ends.update { $0[id] = end }
                                } catch {
                                    throw SetUpError(
                                        "\(id), which \(life) (\(code)), seed \(dice.seed): \(error)")
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let expected = ends.current
                print("storm: \(expected.count) lives in \(ContinuousClock.now - began)")
                #expect(expected.count > 30)
                for (id, end) in expected {
                    try await log.deleted(id)
                    #expect(log.exits(of: id) == [end], "\(id), seed \(dice.seed)")
                }
                try await log.stop()
                for list in [["containers", "list", "-q"], ["tasks", "list", "-q"]] {
                    #expect(try await containerd.ctr(list).checked().lines == [])
                }
                let snapshots = try await containerd.ctr(["snapshots", "list"]).checked().lines
                #expect(snapshots.filter { !$0.hasPrefix("KEY") && !$0.hasPrefix("sha256:") } == [])
            }
        }

        /// A whole life, and the code it is to end with.
        private static func live(
            _ id: String, _ life: Life, _ code: Int, _ containerd: PrivateContainerd, _ log: EventLog
        ) async throws -> Int {
            switch life {
            case .ends:
                let result = try await containerd.container(id, ["sh", "-c", "echo out; exit \(code)"])
                try expect(result.code == Int32(code) && result.outputText == "out\n", "\(result)")
                return code
            case .execs:
                try await containerd.detached(id, EndToEnd.idle)
                try await withThrowingTaskGroup(of: CommandResult.self) { group in
                    for index in 0..<3 {
                        group.addTask {
                            try await containerd.exec(
                                id, "e\(index)", ["sh", "-c", "echo out; exit \(code)"])
                        }
                    }
                    for try await result in group {
                        try expect(result.code == Int32(code) && result.outputText == "out\n", "\(result)")
                    }
                }
                return try await kill(id, containerd)
            case .execKilled:
                try await containerd.detached(id, EndToEnd.idle)
                let exec = try containerd.ctrRunning(
                    containerd.execArguments(id, "e", ["sh", "-c", "echo ready; exec sleep 600"]))
                try await exec.printed("ready", within: .seconds(20))
                if code % 2 == 0 {
                    try await containerd.ctr(
                        "tasks", "kill", "--exec-id", "e", "--signal", "SIGKILL", id
                    ).checked()
                    try expect(try await exec.result(deadline: .seconds(20)).code == 137, "of the exec")
                } else {
                    exec.signal(SIGKILL)
                }
                return try await kill(id, containerd)
            case .paused, .killedPaused:
                try await containerd.detached(id, EndToEnd.idle)
                try await containerd.ctr("tasks", "pause", id).checked()
                try expect(try await containerd.state(of: id) == "PAUSED", "the state of a paused container")
                if life == .paused { try await containerd.ctr("tasks", "resume", id).checked() }
                return try await kill(id, containerd)
            case .clientKilled:
                let ctr = try await running(id, containerd)
                ctr.signal(SIGKILL)
                _ = try await ctr.exitStatus(within: .seconds(5))
                return try await kill(id, containerd)
            case .shimKilled:
                // Nobody else deletes the task: containerd would tell nobody of its end then.
                try await containerd.detached(id, EndToEnd.idle)
                let shim = containerd.shims().first { $0.arguments.contains(id) }
                Glibc.kill(try #require(shim).pid, SIGKILL)
                try await log.deleted(id)
                try await containerd.ctr("containers", "delete", id).checked()
                return 137
            case .sentryKilled:
                let ctr = try await running(id, containerd)
                let sentry = ProcessRecord.all().first {
                    $0.arguments.first == "runsc-sandbox" && $0.arguments.last == id
                }
                Glibc.kill(try #require(sentry).pid, SIGKILL)
                let result = try await ctr.result(deadline: .seconds(20))
                try expect(result.code == 137, "\(result)")
                return 137
            case .created:
                try await containerd.ctr(
                    ["containers", "create", "--runtime", Settings.runtime, BusyboxImage.name, id]
                        + EndToEnd.idle
                ).checked()
                try await containerd.ctr("tasks", "start", "--detach", id).checked()
                return try await kill(id, containerd)
            }
        }

        /// Runs a container with its client, until it has begun.
        private static func running(_ id: String, _ containerd: PrivateContainerd) async throws
            -> RunningCommand
        {
            let ctr = try containerd.ctrRunning(
                containerd.runArguments(id, ["sh", "-c", "echo ready; exec sleep 600"], flags: ["--rm"]))
            try await ctr.printed("ready", within: .seconds(30))
            return ctr
        }

        private static func kill(_ id: String, _ containerd: PrivateContainerd) async throws -> Int {
            try await containerd.ctr("tasks", "kill", "--signal", "SIGKILL", id).checked()
            try await containerd.stopped(id, within: .seconds(20))
            let delete = try await containerd.ctr("tasks", "delete", id)
            try expect(delete.errorText.contains("137"), "\(delete)")
            try await containerd.ctr("containers", "delete", id).checked()
            return 137
        }

        private static func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
            if !condition { throw SetUpError(what()) }
        }
    }
}

import Glibc
import Sys
import Testing

@Suite("The poller's thread as an executor", .timeLimit(.minutes(1)))
struct PollerTests {
    private actor Counter {
        private(set) var threads: Set<UInt> = []
        func note() { threads.insert(UInt(pthread_self())) }
    }

    @Test("a task stays on it, over waits for descriptors and calls of actors")
    func stays() async throws {
        let pipe = try Pipe()
        let reader = try AsyncFD(pipe.read)
        let counter = Counter()
        let writer = Task {
            for byte in UInt8(1)...100 { try File.write([byte], to: pipe.write) }
            pipe.write.close()
        }
        try await withTaskExecutorPreference(AsyncFD.executor()) {
            while try await !reader.read(upTo: 1).isEmpty { await counter.note() }
        }
        try await writer.value
        reader.close()
        #expect(await counter.threads.count == 1)
        #expect(await counter.threads != [UInt(pthread_self())])
    }

    @Test("what many threads enqueue at once is run")
    func enqueue() async throws {
        let executor = try AsyncFD.executor()
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 1...2000 {
                group.addTask {
                    await Task.yield()
                    return await Task(executorPreference: executor) { number }.value
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 2_001_000)
    }

    @Test("tasks that never wait keep no descriptor waiting for ever")
    func fairness() async throws {
        let executor = try AsyncFD.executor()
        let greedy = Task(executorPreference: executor) { while !Task.isCancelled { await Task.yield() } }
        defer { greedy.cancel() }
        let pipe = try Pipe()
        let reader = try AsyncFD(pipe.read)
        defer { reader.close() }
        for byte in UInt8(1)...10 {
            async let bytes = reader.read(upTo: 1)
            try File.write([byte], to: pipe.write)
            #expect(try await bytes == [byte])
        }
        pipe.write.close()
    }
}

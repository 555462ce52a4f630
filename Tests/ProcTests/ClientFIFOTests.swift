import Glibc
import Proc
import Sys
import TestSupport
import Testing

@Suite("A FIFO whose client has not come", .timeLimit(.minutes(1)))
struct ClientFIFOTests {
    @Test("is given up where no descriptor is left, too")
    func abandonWithoutDescriptors() async throws {
        let fifo = try Fifo()
        let client = try ClientFIFO(fifo.path)
        let writer = Task { try await client.writer() }
        try await Self.untilWaiting()
        do {
            let full = try FullTable()
            client.abandon()
            full.free()
        }
        let outcome = OneShot<Result<OwnedFD, any Error>>()
        Task { outcome.report(await writer.result) }
        defer { _ = try? fifo.reader() }
        let end = try await withDeadline(.seconds(5), "end of the wait for a client") {
            try await outcome.wait()
        }
        #expect((end.failure as? SysError)?.code == .canceled)
    }

    /// Waits until a thread of this process waits for somebody who opens a FIFO for reading.
    private static func untilWaiting() async throws {
        try await withDeadline(.seconds(5), "a thread that opens the FIFO") {
            while try !Directory.list("/proc/self/task").contains(where: { thread in
                (try? File.read("/proc/self/task/\(thread)/syscall"))
                    .map { String(decoding: $0, as: UTF8.self).hasPrefix("257 ") } ?? false
            }) {
                await Task.yield()
            }
        }
    }
}

/// As many descriptors as this process may have.
private struct FullTable {
    private let limit: rlimit
    private let descriptors: [OwnedFD]

    init() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
        self.limit = limit
        let highest = try Directory.list("/proc/self/fd").compactMap { UInt($0) }.max() ?? 0
        limit.rlim_cur = highest + 8
        setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
        var descriptors: [OwnedFD] = []
        while let null = try? File.open("/dev/null", []) { descriptors.append(null) }
        self.descriptors = descriptors
    }

    func free() {
        for descriptor in descriptors { descriptor.close() }
        var limit = limit
        setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

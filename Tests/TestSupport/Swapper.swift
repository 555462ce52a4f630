import Foundation
import Glibc
import Synchronization

/// Exchanges two paths as quickly as it goes, on a thread of its own.
package final class Swapper: Sendable {
    private let end = Atomic(false)
    private let done = Watched(false)

    package init(_ one: String, _ other: String) throws {
        // Glibc's overlay for Swift leaves renameat2(2) out.
        typealias Rename =
            @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        guard let symbol = dlsym(nil, "renameat2") else { throw SetUpError("no renameat2") }
        let exchange = unsafeBitCast(symbol, to: Rename.self)
        inThread { [self] in
            // RENAME_EXCHANGE
            while !end.load(ordering: .relaxed) { _ = exchange(AT_FDCWD, one, AT_FDCWD, other, 2) }
            done.update { $0 = true }
        }
    }

    /// Ends it, and returns once it has ended.
    package func stop() async throws {
        end.store(true, ordering: .relaxed)
        try await done.first("the end of the swapper", within: .seconds(5)) { $0 ? true : nil }
    }
}

internal import CSys
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A descriptor whose reads and writes are awaited instead of blocking a thread.
///
/// Puts the open file into non-blocking mode. One task may read while another writes; two tasks that read at
/// once take turns in no defined order. Cancelling the awaiting task ends its wait with `Errno.canceled`, and
/// so does `close()`.
package final class AsyncFD: Sendable {
    package enum Direction: Sendable { case read, write }

    /// All readiness arrives here; handlers only resume tasks.
    private static let queue = DispatchQueue(label: "io")

    private let descriptor: OwnedFD
    private let waits = Mutex<Waits>(Waits())

    private struct Waits {
        var closed = false
        /// Sources that epoll may still know. The number must not be closed before they are gone: libdispatch keeps
        /// its books by number, and would take the next file of that number for one it has registered.
        var registered = 0
        var next: UInt64 = 0
        var open: [UInt64: Wait] = [:]
    }

    // Dispatch sources are thread-safe, but their protocol does not say so.
    private struct Wait: @unchecked Sendable {
        let source: any DispatchSourceProtocol
        let continuation: CheckedContinuation<Errno?, Never>
    }

    package init(_ descriptor: OwnedFD) throws(SysError) {
        self.descriptor = descriptor
        try descriptor.setNonblocking(true)
    }

    deinit { close() }

    package var raw: Int32 { descriptor.raw }

    /// Ends all waits with `Errno.canceled` and gives the descriptor up. It is closed once no wait
    /// of it is left in epoll.
    package func close() {
        let open = waits.withLock { waits in
            waits.closed = true
            defer { waits.open = [:] }
            return waits.open
        }
        for wait in open.values {
            wait.source.cancel()
            wait.continuation.resume(returning: .canceled)
        }
        closeIfUnused()
    }

    private func closeIfUnused() {
        if waits.withLock({ $0.closed && $0.registered == 0 }) { descriptor.close() }
    }

    private func unregistered() {
        waits.withLock { $0.registered -= 1 }
        closeIfUnused()
    }

    /// Waits until the descriptor is ready, at its end, or in error.
    package func ready(_ direction: Direction) async throws(SysError) {
        let id = waits.withLock { waits in
            waits.next += 1
            return waits.next
        }
        let failure: Errno? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in begin(id, direction, continuation) }
        } onCancel: {
            end(id, .canceled)
        }
        if let failure { throw SysError(direction == .read ? "read" : "write", "", failure) }
    }

    private func begin(
        _ id: UInt64, _ direction: Direction, _ continuation: CheckedContinuation<Errno?, Never>
    ) {
        let refused = waits.withLock { waits -> Bool in
            // The cancel handler may have run before this wait was known.
            if waits.closed || Task.isCancelled { return true }
            let source: any DispatchSourceProtocol =
                direction == .read
                ? DispatchSource.makeReadSource(fileDescriptor: descriptor.raw, queue: Self.queue)
                : DispatchSource.makeWriteSource(fileDescriptor: descriptor.raw, queue: Self.queue)
            source.setEventHandler { [weak self] in self?.end(id, nil) }
            source.setCancelHandler { self.unregistered() }
            waits.registered += 1
            waits.open[id] = Wait(source: source, continuation: continuation)
            source.activate()
            return false
        }
        if refused { continuation.resume(returning: .canceled) }
    }

    private func end(_ id: UInt64, _ failure: Errno?) {
        guard let wait = waits.withLock({ $0.open.removeValue(forKey: id) }) else { return }
        wait.source.cancel()
        wait.continuation.resume(returning: failure)
    }

    // MARK: reading and writing

    /// Reads what is there, up to `buffer.count` bytes; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) async throws(SysError) -> Int {
        while true {
            let count = Glibc.read(descriptor.raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            try await retry(after: .current, .read)
        }
    }

    /// Reads what is there, up to `limit` bytes; empty at the end.
    package func read(upTo limit: Int) async throws(SysError) -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
                count = Glibc.read(descriptor.raw, buffer.baseAddress, limit)
                used = max(count, 0)
            }
            if count >= 0 { return bytes }
            try await retry(after: .current, .read)
        }
    }

    /// Writes all bytes.
    package func write(_ bytes: [UInt8]) async throws(SysError) {
        try await write(bytes[...])
    }

    /// Writes all bytes.
    package func write(_ bytes: ArraySlice<UInt8>) async throws(SysError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor.raw, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else {
                try await retry(after: .current, .write)
            }
        }
    }

    /// Sends bytes and descriptors; the descriptors travel with the first byte.
    package func send(_ bytes: [UInt8], descriptors: [OwnedFD]) async throws(SysError) {
        let raws = descriptors.map(\.raw)
        var sent = 0
        while sent == 0 {
            let count = bytes.withUnsafeBytes {
                csys_send_fds(descriptor.raw, $0.baseAddress, $0.count, raws, raws.count)
            }
            if count >= 0 {
                sent = count
            } else {
                try await retry(after: Errno(rawValue: Int32(-count)), .write)
            }
        }
        withExtendedLifetime(descriptors) {}
        try await write(bytes[sent...])
    }

    /// Receives what is there, up to `limit` bytes, with up to `descriptorLimit` descriptors; no bytes at the end.
    package func receive(upTo limit: Int, descriptorLimit: Int) async throws(SysError) -> ([UInt8], [OwnedFD])
    {
        while true {
            var count = 0
            var raws = [Int32](repeating: -1, count: descriptorLimit)
            var rawCount = descriptorLimit
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
                guard let base = buffer.baseAddress else { return }
                count = csys_receive_fds(descriptor.raw, base, limit, &raws, &rawCount)
                used = max(count, 0)
            }
            let received = raws.prefix(rawCount).map(OwnedFD.init(taking:))
            if count >= 0 { return (bytes, received) }
            try await retry(after: Errno(rawValue: Int32(-count)), .read)
        }
    }

    private func retry(after code: Errno, _ direction: Direction) async throws(SysError) {
        switch code {
        case .interrupted: return
        case .again: try await ready(direction)
        default: throw SysError(direction == .read ? "read" : "write", "", code)
        }
    }
}

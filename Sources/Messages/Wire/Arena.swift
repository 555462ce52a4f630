import CProto

/// The memory of one C message tree: it only grows, within a limit, and is released as a whole.
///
/// Each block is preceded by its size, because protobuf-c keeps no length of a string: only so can text with
/// a NUL inside be told from shorter text.
final class Arena {
    /// The bytes that an arena may take, or `nil` for no limit.
    struct Limit {
        let byteCount: Int?

        /// For values of our own.
        static let none = Limit(byteCount: nil)

        /// For unpacking a message of `byteCount` bytes from outside.
        ///
        /// The densest honest input, a list of empty two-byte entries, unfolds by about 50; a tree of large
        /// structs from as few bytes, or repeats of a field that are to be merged one by one, hit the limit.
        static func unpacking(byteCount: Int) -> Limit {
            Limit(byteCount: min(64 << 10 + 64 * byteCount, max(64 << 20, 4 * byteCount)))
        }
    }

    /// Before each block: its size.
    private static let prefix = MemoryLayout<Int>.size

    private var chunks: [UnsafeMutableRawPointer] = []
    private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var taken = 0
    private let limit: Limit

    /// Whether an allocation was refused because of the limit.
    private(set) var isExhausted = false

    init(limit: Limit) {
        self.limit = limit
    }

    deinit {
        for chunk in chunks {
            chunk.deallocate()
        }
    }

    /// Returns `byteCount` uninitialised bytes, aligned for any C struct without vectors, or `nil` beyond
    /// the limit.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let alignment = MemoryLayout<Int>.alignment
        guard byteCount >= 0, byteCount <= Int.max - 2 * alignment else {
            isExhausted = true
            return nil
        }
        let needed = (byteCount + Self.prefix + alignment - 1) & ~(alignment - 1)
        if free.count < needed, !grow(by: needed) {
            isExhausted = true
            return nil
        }
        guard let start = free.baseAddress else {
            return nil
        }
        free = UnsafeMutableRawBufferPointer(rebasing: free[needed...])
        start.storeBytes(of: byteCount, as: Int.self)
        return start + Self.prefix
    }

    /// Returns uninitialised memory for `count` values, or `nil` beyond the limit.
    func allocate<T>(_ type: T.Type, count: Int) -> UnsafeMutablePointer<T>? {
        let (byteCount, overflow) = MemoryLayout<T>.stride.multipliedReportingOverflow(by: count)
        guard !overflow else {
            isExhausted = true
            return nil
        }
        return allocate(byteCount)?.bindMemory(to: T.self, capacity: count)
    }

    /// The size that was asked for when `block` was allocated from an arena.
    static func size(of block: UnsafeRawPointer) -> Int {
        (block - prefix).load(as: Int.self)
    }

    private func grow(by needed: Int) -> Bool {
        // A chunk of twice what was taken so far keeps the number of chunks logarithmic.
        var size = max(needed, 2 * taken, 1 << 10)
        if let limit = limit.byteCount {
            guard needed <= limit - taken else { return false }
            size = min(size, limit - taken)
        }
        let chunk = UnsafeMutableRawPointer.allocate(
            byteCount: size, alignment: MemoryLayout<Int>.alignment)
        chunks.append(chunk)
        taken += size
        free = UnsafeMutableRawBufferPointer(start: chunk, count: size)
        return true
    }

    /// Lets protobuf-c unpack `bytes` into this arena; `nil` if it refuses, or for want of memory.
    func unpack<M: CMessage>(_ type: M.Type, from bytes: [UInt8]) -> UnsafeMutablePointer<M.C>? {
        guard let template = allocate(M.C.self, count: 1) else {
            return nil
        }
        M.cInit(template)
        let descriptor = UnsafeRawPointer(template).assumingMemoryBound(to: ProtobufCMessage.self)
            .pointee.descriptor
        var allocator = ProtobufCAllocator(
            alloc: { context, size in
                guard let context else { return nil }
                return Unmanaged<Arena>.fromOpaque(context).takeUnretainedValue()
                    .allocate(Int(clamping: size))
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        let message = bytes.withUnsafeBufferPointer {
            protobuf_c_message_unpack(descriptor, &allocator, $0.count, $0.baseAddress)
        }
        return message.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: M.C.self) }
    }
}

import Testing

@testable import TTRPC

@Suite("Frames")
struct FrameTests {
    private func read(_ bytes: [UInt8], in pieces: [Int]) -> [Frame] {
        var reader = FrameReader()
        var frames: [Frame] = []
        var rest = bytes[...]
        for piece in pieces + [bytes.count] {
            let part = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            part.withUnsafeBufferPointer {
                var input = $0
                while let frame = reader.next(from: &input) { frames.append(frame) }
                #expect(input.isEmpty)
            }
        }
        return frames
    }

    @Test func headerIsBigEndian() {
        let header = FrameHeader(
            length: 0x0102_0304, stream: 0x0506_0708, kind: .request, flags: [.remoteOpen, .noData])
        #expect(header.encoded == [1, 2, 3, 4, 5, 6, 7, 8, 1, 6])
        #expect(FrameHeader(decoding: header.encoded) == header)
        let highest = FrameHeader(
            length: .max, stream: .max, kind: FrameKind(rawValue: 255), flags: FrameFlags(rawValue: 255))
        #expect(highest.encoded == [UInt8](repeating: 255, count: 10))
        #expect(FrameHeader(decoding: highest.encoded) == highest)
    }

    @Test func anyCutGivesTheSameFrames() {
        var random = SeededRandom(seed: 1)
        var bytes: [UInt8] = []
        var expected: [Frame] = []
        for stream in UInt32(0)..<50 {
            let message = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let kind = FrameKind(rawValue: UInt8.random(in: 0...5, using: &random))
            bytes += FrameWriter.frame(kind, stream: stream, message)
            expected.append(
                .message(FrameHeader(length: UInt32(message.count), stream: stream, kind: kind), message))
        }
        #expect(read(bytes, in: []) == expected)
        #expect(read(bytes, in: [Int](repeating: 1, count: bytes.count)) == expected)
        for _ in 0..<100 {
            let pieces = (0..<200).map { _ in Int.random(in: 0...100, using: &random) }
            #expect(read(bytes, in: pieces) == expected)
        }
    }

    @Test func messageAtTheLimitIsTakenAndOneOverIsPassedOver() {
        let limit = FrameHeader.messageLimit
        let message = [UInt8](repeating: 5, count: limit)
        #expect(limit == 4_194_304)
        let over = FrameHeader(length: UInt32(limit + 1), stream: 9, kind: .request)
        let bytes =
            FrameWriter.frame(.request, stream: 7, message) + over.encoded + message + [5]
            + FrameWriter.frame(.request, stream: 11, [1])
        let expected: [Frame] = [
            .message(FrameHeader(length: UInt32(limit), stream: 7, kind: .request), message),
            .oversized(over),
            .message(FrameHeader(length: 1, stream: 11, kind: .request), [1]),
        ]
        #expect(read(bytes, in: []) == expected)
        #expect(read(bytes, in: [Int](repeating: 16 << 10, count: 600)) == expected)
    }

    @Test func partOfAFrameIsNoFrame() {
        let frame = FrameWriter.frame(.request, stream: 1, [1, 2, 3])
        for count in 0..<frame.count { #expect(read(Array(frame.prefix(count)), in: []) == []) }
    }

    @Test func garbageIsSurvived() {
        var random = SeededRandom(seed: 2)
        for _ in 0..<1000 {
            let bytes = (0..<Int.random(in: 0...500, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let pieces = (0..<20).map { _ in Int.random(in: 0...50, using: &random) }
            #expect(read(bytes, in: pieces) == read(bytes, in: []))
        }
    }

    @Test func queueKeepsTheOrderOfBytes() {
        var random = SeededRandom(seed: 3)
        var queue = FrameQueue()
        var next: UInt8 = 0
        var expected: UInt8 = 0
        for _ in 0..<2000 {
            let frame = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                next &+= 1
                return next
            }
            let before = queue.count
            queue.append(frame[...])
            #expect(queue.count == before + frame.count)
            let sent = Int.random(in: 0...queue.count, using: &random)
            for byte in queue.rest.prefix(sent) {
                expected &+= 1
                #expect(byte == expected)
            }
            queue.didSend(sent)
        }
        #expect(expected == next &- UInt8(truncatingIfNeeded: queue.count))
    }
}

/// The same numbers on every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

import Messages
import Testing

/// Input that no honest peer sends: decoding throws or succeeds, within bounds, and never traps.
@Suite("Hostile input")
struct HostileInputTests {
    @Test(arguments: Specimen.all)
    func everyPrefixDecodesOrThrows(_ specimen: Specimen) throws {
        let golden = try specimen.golden()
        var refused = 0
        for length in golden.indices {
            do throws(MessageError) {
                try expectStable(specimen, Array(golden[..<length]))
            } catch {
                refused += 1
                #expect(error.reason == .malformed(byteCount: length))
            }
        }
        // A cut inside a field, of which there is one in every message with fields, must be seen.
        #expect(refused > 0 || golden.isEmpty)
    }

    @Test(arguments: Specimen.all)
    func changedBytesDecodeOrThrow(_ specimen: Specimen) throws {
        let golden = try specimen.golden()
        var random = SeededGenerator(seed: 1)
        for index in golden.indices {
            for _ in 0..<8 {
                var bytes = golden
                bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                decodeOrThrow(specimen, bytes)
            }
        }
    }

    @Test(arguments: Specimen.all)
    func randomBytesDecodeOrThrow(_ specimen: Specimen) {
        var random = SeededGenerator(seed: 2)
        for length in 0..<256 {
            decodeOrThrow(specimen, (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) })
            // Small bytes make more valid tags and lengths than evenly spread ones.
            decodeOrThrow(specimen, (0..<length).map { _ in UInt8.random(in: 0..<48, using: &random) })
        }
    }

    @Test func lengthsBeyondTheInputAreRefused() {
        for length: [UInt8] in [[0x7f], [0xff, 0xff, 0xff, 0xff, 0x07], [0xff, 0xff, 0xff, 0xff, 0x0f]] {
            #expect(throws: MessageError.self) { try StartRequest(decoding: [0x0a] + length) }
        }
    }

    @Test func endlessMergingRunsIntoTheMemoryLimit() {
        // Field 5, blkio, again and again with one more entry each: every repeat copies all entries so far.
        let bytes = [[UInt8]](repeating: [0x2a, 0x02, 0x0a, 0x00], count: 500_000).flatMap { $0 }
        #expect(
            throws: MessageError(
                message: "io.containerd.cgroups.v1.Metrics", reason: .tooLarge(byteCount: 2_000_000))
        ) {
            try CgroupV1.Metrics(decoding: bytes)
        }
    }

    @Test func manySmallEntriesAreNoAttack() throws {
        let entry: [UInt8] = [0x2a, 0x06, 0x0a, 0x01, 0x6b, 0x12, 0x01, 0x76]
        let bytes = [[UInt8]](repeating: entry, count: 10_000).flatMap { $0 }
        let request = try TTRPCRequest(decoding: bytes)
        #expect(request.metadata == Array(repeating: TTRPCKeyValue(key: "k", value: "v"), count: 10_000))
    }

    @Test func largestPayloadOfTheProtocolPasses() throws {
        let request = TTRPCRequest(payload: Array(repeating: 0xa5, count: 4 << 20))
        #expect(try TTRPCRequest(decoding: request.encoded()) == request)
    }

    private func decodeOrThrow(_ specimen: Specimen, _ bytes: [UInt8]) {
        do throws(MessageError) {
            try expectStable(specimen, bytes)
        } catch {
            #expect(!error.description.isEmpty)
        }
    }

    /// What was decoded encodes to bytes that decode to the same: nothing half-read came out.
    private func expectStable(_ specimen: Specimen, _ bytes: [UInt8]) throws(MessageError) {
        let once = try specimen.reencode(bytes)
        let twice = try specimen.reencode(once)
        #expect(once == twice)
    }
}

/// The same pseudo-random numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

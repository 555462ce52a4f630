import Messages
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        arguments: [
            (0, 0, 0),
            (1_500_000_000_000_000_001, 1_500_000_000, 1),
            (-1, -1, 999_999_999),
            (-1_000_000_000, -1, 0),
            (Int64.max, 9_223_372_036, 854_775_807),
            (Int64.min, -9_223_372_037, 145_224_192),
        ] as [(Int64, Int64, Int32)])
    func convertsBothWays(nanoseconds: Int64, seconds: Int64, nanos: Int32) {
        let timestamp = Timestamp(nanosecondsSinceEpoch: nanoseconds)
        #expect(timestamp == Timestamp(seconds: seconds, nanos: nanos))
        #expect(timestamp.nanosecondsSinceEpoch == nanoseconds)
    }

    @Test func clampsWhatSixtyFourBitsDoNotHold() {
        #expect(Timestamp(seconds: .max, nanos: .max).nanosecondsSinceEpoch == .max)
        #expect(Timestamp(seconds: .min, nanos: .min).nanosecondsSinceEpoch == .min)
        // Go's zero time, the year 1.
        #expect(Timestamp(seconds: -62_135_596_800).nanosecondsSinceEpoch == .min)
    }
}

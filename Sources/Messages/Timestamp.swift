import CProto

/// A point in time, UTC: `google.protobuf.Timestamp`.
package struct Timestamp: CMessage {
    package static let fullName = "google.protobuf.Timestamp"
    static var cInit: CInit<Google__Protobuf__Timestamp> { google__protobuf__timestamp__init }

    /// Since 1970; negative before.
    package var seconds: Int64 = 0
    /// The part below a second, always counted forward: 0 to 999 999 999.
    package var nanos: Int32 = 0

    package init() {}

    package init(seconds: Int64 = 0, nanos: Int32 = 0) {
        self.seconds = seconds
        self.nanos = nanos
    }

    /// The point in time so many nanoseconds after 1970 began, or before if negative.
    package init(nanosecondsSinceEpoch nanoseconds: Int64) {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        // Division rounds towards zero, but nanos must not be negative.
        seconds = remainder < 0 ? quotient - 1 : quotient
        nanos = Int32(remainder < 0 ? remainder + 1_000_000_000 : remainder)
    }

    /// Nanoseconds since 1970 began; clamped to what 64 bits hold, the years 1677 to 2262.
    package var nanosecondsSinceEpoch: Int64 {
        // 128 bits, because seconds near the lower end overflow before nanos bring them back.
        Int64(clamping: Int128(seconds) * 1_000_000_000 + Int128(nanos))
    }

    mutating func transfer(_ codec: inout some FieldCodec, _ c: inout Google__Protobuf__Timestamp) {
        codec.field(&seconds, &c.seconds)
        codec.field(&nanos, &c.nanos)
    }
}

/// Bytes as JSON documents have them, in strings (RFC 4648, section 4: with padding, no line ends).
package enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Writes bytes as a text.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0...3 {
                let digit = digits[bits >> (18 - 6 * index) & 0x3f]
                text.append(index <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a text; nil for one that is no base64.
    package static func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: text.count, by: 4) {
            let group = text[start..<start + 4]
            let values = group.prefix { $0 != UInt8(ascii: "=") }.compactMap(value)
            let padding = group.reversed().prefix { $0 == UInt8(ascii: "=") }.count
            guard values.count + padding == 4, padding <= 2, padding == 0 || start + 4 == text.count else {
                return nil
            }
            let bits = values.reduce(0) { $0 << 6 | $1 } << (6 * padding)
            for index in 0..<3 - padding { bytes.append(UInt8(bits >> (16 - 8 * index) & 0xff)) }
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> Int? { digits.firstIndex(of: digit) }
}

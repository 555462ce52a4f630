import OCI
import Testing

@Suite("JSON values")
struct JSONValueTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try JSONValue.parse([UInt8](text.utf8))
    }

    @Test func everyKindIsReadAsItself() throws {
        let value = try parse(
            #" {"n":null,"t":true,"f":false,"i":-5,"z":0,"one":1,"d":1.5,"s":"a\u00e9\n/","a":[],"o":{},"m":["x",1]} "#
        )
        #expect(
            value == [
                "n": nil, "t": true, "f": false, "i": -5, "z": 0, "one": 1, "d": .double(1.5),
                "s": "aé\n/", "a": [], "o": [:], "m": ["x", 1],
            ])
    }

    @Test func integersKeepTheirWholeRange() throws {
        #expect(try parse("9223372036854775807") == .int(.max))
        #expect(try parse("-9223372036854775808") == .int(.min))
        #expect(try parse("9223372036854775808") == .uint(1 << 63))
        #expect(try parse("18446744073709551615") == .uint(.max))
        #expect(try parse("18446744073709551616").uint64 == nil)
        #expect(JSONValue(UInt64.max) == .uint(.max))
        #expect(JSONValue(UInt64(7)) == .int(7))
    }

    @Test(arguments: [
        "", "{", "{\"a\":}", "{} x", "[1 2]", "nul", "\"\u{01}\"", "{\"a\" 1}", "{}\0", "\0{}", "01", "1.",
        "\"\\ud800\"", "[1,]",
        "// {}\n1", "NaN", "'a'",
    ])
    func malformedTextIsRefusedWithAReason(_ text: String) {
        #expect {
            _ = try parse(text)
        } throws: { error in
            guard case .malformed(let reason)? = error as? JSONError else { return false }
            return !reason.isEmpty
        }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xff, 0xfe, 0x22]) }
        #expect(throws: JSONError.self) {
            try JSONValue.parse([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])
        }
    }

    /// Under the address sanitizer a read beyond the text ends the test.
    @Test(arguments: [0xc3, 0xe2, 0xf0, 0xf3, 0xf4, 0xff])
    func aCharacterThatTheTextCutsOffIsRefused(_ lead: UInt8) {
        for rest: [UInt8] in [[], [0x80], [0x80, 0x80]] {
            for text in ["\"", "{\"", "[\"abc"] {
                #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8) + [lead] + rest) }
            }
        }
    }

    @Test func theErrorNamesThePlace() {
        #expect {
            _ = try parse("{\"a\": x}")
        } throws: { error in
            "\(error)".hasPrefix("malformed json: byte 6: ")
        }
    }

    @Test func ofSeveralMembersOfOneNameTheLastCounts() throws {
        #expect(try parse(#"{"a":{"b":1},"a":2}"#) == ["a": 2])
    }

    @Test func stringsWithEveryKindOfCharacterSurvive() throws {
        let strange = "\0\u{01}\u{1f}\u{7f}\"\\/\u{2028}é🦀\n\r\t"
        let value: JSONValue = [strange: .string(strange)]
        #expect(try JSONValue.parse(value.serialised()) == value)
        #expect(try parse(#""\ud83e\udd80\u0000""#) == "🦀\0")
    }

    @Test func numbersThatAreNotWholeKeepTheirValue() throws {
        for number: Double in [0.1, 1e300, -2.5e-300, .leastNonzeroMagnitude, 1.0, .pi] {
            #expect(try JSONValue.parse(JSONValue.double(number).serialised()) == .double(number))
        }
    }

    @Test func nestingIsLimitedBeforeDecoding() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try parse(deepest)
        #expect(throws: JSONError.tooDeep(limit: 64)) { try parse("[" + deepest + "]") }
        // Brackets in strings do not count, escaped quotes do not end one.
        _ = try parse("\"\\\"" + String(repeating: "[", count: 100) + "\"")
        // Neither do siblings.
        _ = try parse("[" + Array(repeating: "[]", count: 100).joined(separator: ",") + "]")
    }

    @Test func hostileDocumentsAreRefusedWithinMilliseconds() throws {
        let clock = ContinuousClock()
        let large = [UInt8](repeating: UInt8(ascii: " "), count: (4 << 20) + 1)
        let sizeTime = clock.measure {
            #expect(throws: JSONError.tooLarge(bytes: (4 << 20) + 1, limit: 4 << 20)) {
                try JSONValue.parse(large)
            }
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 4 << 20)
        let depthTime = clock.measure {
            #expect(throws: JSONError.tooDeep(limit: 64)) { try JSONValue.parse(deep) }
        }
        #expect(sizeTime < .milliseconds(100))
        #expect(depthTime < .milliseconds(100))
    }

    @Test func writingKeepsSlashesAndRoundTrips() throws {
        let value: JSONValue = ["path": "/a/b", "list": ["é", nil, true, .uint(.max)], "n": -1]
        let bytes = try value.serialised(sortedKeys: true)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"list":["é",null,true,18446744073709551615],"n":-1,"path":"/a/b"}"#)
        #expect(try JSONValue.parse(bytes) == value)
        #expect(throws: JSONError.self) { try JSONValue.double(.infinity).serialised() }
    }

    @Test func pathsReadAndEdit() throws {
        var value: JSONValue = ["linux": ["cgroupsPath": "/a", "other": 1], "list": [1, 2]]
        #expect(value[["linux", "cgroupsPath"]] == "/a")
        #expect(value[["linux", "no", "such"]] == nil)
        #expect(value["list"]?[1] == 2)
        #expect(value["list"]?[2] == nil)
        value[["linux", "cgroupsPath"]] = "/b"
        value[["new", "deep"]] = true
        value[["linux", "other"]] = nil
        value[["absent", "deeper"]] = nil
        #expect(value == ["linux": ["cgroupsPath": "/b"], "new": ["deep": true], "list": [1, 2]])
    }
}

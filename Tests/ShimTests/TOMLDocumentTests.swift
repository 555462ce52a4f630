import TOML
import Testing

@Suite("TOML")
struct TOMLDocumentTests {
    static func entries(_ text: String) throws -> [TOMLEntry] {
        try TOMLDocument(Array(text.utf8)).entries.sorted { $0.line < $1.line }
    }

    @Test(arguments: [
        (#""a\"b\u00e9""#, TOMLValue.string("a\"bé")), (#"'C:\x'"#, .string(#"C:\x"#)), (#""""#, .string("")),
        ("\"\"\"\nz\\\n   y\"\"\"", .string("zy")), ("0x1f", .integer(31)), ("-1_000", .integer(-1000)),
        ("9223372036854775807", .integer(.max)), ("true", .boolean(true)), ("false", .boolean(false)),
        ("1.5", .float), ("2024-07-29", .date), ("2024-07-29T10:00:00Z", .date), ("10:00:00", .date),
        ("[1, 2]", .array), ("{}", .table([])),
    ])
    func everyKindOfValue(_ text: String, _ value: TOMLValue) throws {
        #expect(try Self.entries("x = " + text).map(\.value) == [value])
    }

    @Test func tablesAndLines() throws {
        let text = """
            # a comment
            binary_name = "x"

            [runsc_config]
              debug = "true"
              "strace-syscalls" = '''
            a
            b'''
              platform = "kvm"
            [other.inner]
            y = 1
            """
        let entries = try Self.entries(text)
        #expect(entries.map(\.key) == ["binary_name", "runsc_config", "other"])
        #expect(entries.map(\.line) == [2, 4, 10])
        guard case .table(let flags) = entries[1].value, case .table(let other) = entries[2].value else {
            Issue.record("no tables")
            return
        }
        let lines = Dictionary(uniqueKeysWithValues: flags.map { ($0.key, $0.line) })
        #expect(lines == ["debug": 5, "strace-syscalls": 6, "platform": 9])
        #expect(other.map(\.key) == ["inner"])
    }

    @Test(arguments: [
        ("a = 1\nb = = 2\n", 2), ("a = 1\n\na = 2\n", 3), ("\n[t]\nx = \"\n", 3), ("x = tru", 1),
        ("\"", 1), ("x = \"a\0b\"", 1), ("x = 99999999999999999999", 1), ("\n[!]", 2), ("[`", 1), ("[[=", 1),
    ])
    func whatIsNoTOMLIsRefusedWithItsLine(_ text: String, _ line: Int) throws {
        let error = #expect(throws: TOMLError.self) { try TOMLDocument(Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.reason.isEmpty == false)
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        #expect(throws: TOMLError.self) {
            try TOMLDocument(Array("x = \"".utf8) + [0xff, 0xfe] + Array("\"".utf8))
        }
        #expect(throws: TOMLError.self) { try TOMLDocument([0, 1, 2]) }
    }

    @Test func deepNestingEndsInAnErrorAndNotTheStack() throws {
        let text = "x = " + String(repeating: "[", count: 100_000)
        #expect(throws: TOMLError.self) { try TOMLDocument(Array(text.utf8)) }
        let tables = String(repeating: "{a=", count: 100_000)
        #expect(throws: TOMLError.self) { try TOMLDocument(Array("x = \(tables)".utf8)) }
        let dots = String(repeating: "a.", count: 100_000)
        #expect(throws: TOMLError.self) { try TOMLDocument(Array("\(dots)a = 1".utf8)) }
        #expect(throws: TOMLError.self) { try TOMLDocument(Array("[\(dots)a]".utf8)) }
    }

    @Test func anEmptyDocumentIsGood() throws {
        #expect(try TOMLDocument([]).entries.isEmpty)
        #expect(try Self.entries("# nothing\n").isEmpty)
    }
}

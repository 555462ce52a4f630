internal import CTOML

/// A TOML document, read as a whole.
package struct TOMLDocument: Sendable, Equatable {
    /// The keys outside of all tables, and the tables.
    package let entries: [TOMLEntry]

    /// Reads a document of TOML 1.0.
    ///
    /// - Throws: `TOMLError` for bytes that are no TOML, which includes those that are no UTF-8 and values
    ///   and dotted keys deeper than 32 levels.
    package init(_ bytes: [UInt8]) throws(TOMLError) {
        let document = bytes.withUnsafeBytes { bytes in
            // An empty buffer may have no address.
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { ctoml_parse($0, text.count) } ?? ctoml_parse("", 0)
            }
        }
        guard let document else { throw TOMLError(line: 1, reason: "not enough memory to read it") }
        defer { ctoml_free(document) }
        var line: UInt32 = 0
        if let reason = ctoml_error(document, &line) {
            throw TOMLError(line: Int(line), reason: String(cString: reason))
        }
        var index = 0
        entries = Self.entries(of: document, from: &index, depth: 1)
    }

    /// The entries at one depth, and those of their tables below them.
    private static func entries(of document: OpaquePointer, from index: inout Int, depth: UInt32)
        -> [TOMLEntry]
    {
        var found: [TOMLEntry] = []
        while index < ctoml_count(document), ctoml_at(document, index).pointee.depth == depth {
            let entry = ctoml_at(document, index).pointee
            index += 1
            found.append(
                TOMLEntry(
                    key: text(entry.key, entry.key_size),
                    value: value(entry, of: document, from: &index), line: Int(entry.line)))
        }
        return found
    }

    private static func value(_ entry: ctoml_entry, of document: OpaquePointer, from index: inout Int)
        -> TOMLValue
    {
        switch entry.kind {
        case .table: .table(entries(of: document, from: &index, depth: entry.depth + 1))
        case .string: .string(text(entry.string, entry.string_size))
        case .integer: .integer(entry.integer)
        case .boolean: .boolean(entry.boolean)
        case .float: .float
        case .date: .date
        case .array: .array
        }
    }

    private static func text(_ start: UnsafePointer<CChar>, _ size: Int) -> String {
        start.withMemoryRebound(to: UInt8.self, capacity: size) {
            String(decoding: UnsafeBufferPointer(start: $0, count: size), as: UTF8.self)
        }
    }
}

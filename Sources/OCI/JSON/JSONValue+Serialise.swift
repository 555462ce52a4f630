internal import CJSON

extension JSONValue {
    /// Writes the document, compact, with slashes as they are.
    ///
    /// - Parameter sortedKeys: Whether members are in the order of their names, for files that people and
    ///   tests compare; costs a sort of every object.
    /// - Returns: The bytes, UTF-8.
    /// - Throws: `notRepresentable` for a number that is not finite.
    package func serialised(sortedKeys: Bool = false) throws(JSONError) -> [UInt8] {
        guard let writer = cjson_writer_new() else {
            throw .notRepresentable(reason: "not enough memory to write it")
        }
        defer { cjson_writer_free(writer) }
        try write(to: writer, sortedKeys: sortedKeys)
        var size = 0
        let text = cjson_text(writer, &size)
        return text.withMemoryRebound(to: UInt8.self, capacity: size) {
            Array(UnsafeBufferPointer(start: $0, count: size))
        }
    }

    private func write(to writer: OpaquePointer, sortedKeys: Bool) throws(JSONError) {
        switch self {
        case .null: cjson_write_null(writer)
        case .bool(let value): cjson_write_boolean(writer, value)
        case .int(let value): cjson_write_integer(writer, value)
        case .uint(let value): cjson_write_unsigned(writer, value)
        case .double(let value):
            guard cjson_write_double(writer, value) else {
                throw .notRepresentable(reason: "the number \(value) is not finite")
            }
        case .string(let value): Self.withText(of: value) { cjson_write_string(writer, $0, $1) }
        case .array(let elements):
            cjson_begin_array(writer)
            for element in elements { try element.write(to: writer, sortedKeys: sortedKeys) }
            cjson_end_array(writer)
        case .object(let members):
            cjson_begin_object(writer)
            if sortedKeys {
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    try value.write(named: name, to: writer, sortedKeys: true)
                }
            } else {
                for (name, value) in members {
                    try value.write(named: name, to: writer, sortedKeys: false)
                }
            }
            cjson_end_object(writer)
        }
    }

    private func write(
        named name: String, to writer: OpaquePointer, sortedKeys: Bool
    ) throws(JSONError) {
        Self.withText(of: name) { cjson_write_name(writer, $0, $1) }
        try write(to: writer, sortedKeys: sortedKeys)
    }

    private static func withText(of string: String, _ body: (UnsafePointer<CChar>?, Int) -> Void) {
        var string = string
        string.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress, $0.count) }
        }
    }
}

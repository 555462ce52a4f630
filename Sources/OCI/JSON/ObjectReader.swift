/// Reads the members of one JSON object and says where and what when a kind is wrong.
///
/// A member that is missing or null reads as absent, empty or zero: Go's encoders leave empty fields
/// out and write null for a nil list, and every document that reaches the shim comes from one of them.
package struct ObjectReader {
    /// The object's members.
    package let members: [String: JSONValue]
    private let document: String
    private let path: String

    /// Starts at the top of a document.
    ///
    /// - Parameters:
    ///   - value: The document.
    ///   - document: What it is called in errors, for example "config.json".
    /// - Throws: `SpecError.wrongType` if the value is no object.
    package init(_ value: JSONValue, document: String) throws(SpecError) {
        try self.init(value, document: document, path: "")
    }

    private init(_ value: JSONValue, document: String, path: String) throws(SpecError) {
        self.document = document
        self.path = path
        guard let members = value.object else {
            throw .wrongType(path: path.isEmpty ? document : "\(document): \(path)", expected: "an object")
        }
        self.members = members
    }

    /// The full name of a member for errors, for example "config.json: process.args".
    package func name(of key: String) -> String {
        path.isEmpty ? "\(document): \(key)" : "\(document): \(path).\(key)"
    }

    /// The member as it stands; nil when missing or null.
    package func value(_ key: String) -> JSONValue? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    /// The error for a member of the wrong kind.
    package func mismatch(_ key: String, expected: String) -> SpecError {
        .wrongType(path: name(of: key), expected: expected)
    }
}

// MARK: - Scalars

extension ObjectReader {
    /// A Boolean, false when absent.
    package func bool(_ key: String) throws(SpecError) -> Bool { try optionalBool(key) ?? false }

    /// A Boolean, if present.
    package func optionalBool(_ key: String) throws(SpecError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let bool = value.bool else { throw mismatch(key, expected: "true or false") }
        return bool
    }

    /// A string, empty when absent.
    package func string(_ key: String) throws(SpecError) -> String {
        guard let value = value(key) else { return "" }
        guard let string = value.string else { throw mismatch(key, expected: "a string") }
        return string
    }

    /// A string, nil when absent or empty (Go does not tell the two apart).
    package func optionalString(_ key: String) throws(SpecError) -> String? {
        let string = try string(key)
        return string.isEmpty ? nil : string
    }

    /// A whole number that fits the type asked for, nil when absent.
    package func optionalInteger<Integer: FixedWidthInteger>(
        _ key: String, _: Integer.Type = Integer.self
    ) throws(SpecError) -> Integer? {
        guard let value = value(key) else { return nil }
        guard let number = value.integer(Integer.self) else {
            throw mismatch(key, expected: Self.rangeText(Integer.self))
        }
        return number
    }

    /// A whole number that fits the type asked for, zero when absent.
    package func integer<Integer: FixedWidthInteger>(
        _ key: String, _: Integer.Type = Integer.self
    ) throws(SpecError) -> Integer {
        try optionalInteger(key) ?? 0
    }

    private static func rangeText<Integer: FixedWidthInteger>(_: Integer.Type) -> String {
        "a whole number from \(Integer.min) to \(Integer.max)"
    }
}

// MARK: - Lists and maps

extension ObjectReader {
    /// A list of strings, empty when absent.
    package func strings(_ key: String) throws(SpecError) -> [String] {
        guard let value = value(key) else { return [] }
        guard let array = value.array else { throw mismatch(key, expected: "an array of strings") }
        var strings: [String] = []
        strings.reserveCapacity(array.count)
        for element in array {
            guard let string = element.string else { throw mismatch(key, expected: "an array of strings") }
            strings.append(string)
        }
        return strings
    }

    /// A list of whole numbers, empty when absent.
    package func integers<Integer: FixedWidthInteger>(
        _ key: String, _: Integer.Type = Integer.self
    ) throws(SpecError) -> [Integer] {
        guard let value = value(key) else { return [] }
        let expected = "an array, each element \(Self.rangeText(Integer.self))"
        guard let array = value.array else { throw mismatch(key, expected: expected) }
        var numbers: [Integer] = []
        for element in array {
            guard let number = element.integer(Integer.self) else { throw mismatch(key, expected: expected) }
            numbers.append(number)
        }
        return numbers
    }

    /// A map from strings to strings, empty when absent.
    package func stringMap(_ key: String) throws(SpecError) -> [String: String] {
        guard let value = value(key) else { return [:] }
        guard let object = value.object else { throw mismatch(key, expected: "an object of strings") }
        var map: [String: String] = [:]
        for (name, element) in object {
            guard let string = element.string else {
                throw mismatch("\(key).\(name)", expected: "a string")
            }
            map[name] = string
        }
        return map
    }

    /// An object read by `read`, nil when absent.
    package func object<Value>(
        _ key: String, _ read: (ObjectReader) throws(SpecError) -> Value
    ) throws(SpecError) -> Value? {
        guard let value = value(key) else { return nil }
        return try read(ObjectReader(value, document: document, path: childPath(key)))
    }

    /// A list of objects, each read by `read`; empty when absent.
    package func objects<Value>(
        _ key: String, _ read: (ObjectReader) throws(SpecError) -> Value
    ) throws(SpecError) -> [Value] {
        guard let value = value(key) else { return [] }
        guard let array = value.array else { throw mismatch(key, expected: "an array of objects") }
        var values: [Value] = []
        values.reserveCapacity(array.count)
        for (index, element) in array.enumerated() {
            let reader = try ObjectReader(element, document: document, path: childPath("\(key)[\(index)]"))
            values.append(try read(reader))
        }
        return values
    }

    private func childPath(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

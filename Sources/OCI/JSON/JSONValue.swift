/// A JSON document as a value: everything that was read is kept, known or not.
///
/// The shim edits documents that other programs wrote (a config.json, a state file) and hands them
/// on; fields that it has never heard of must survive, so the tree, not a struct, is the truth.
/// Numbers keep their kind: whole ones are `int`, those above `Int64.max` are `uint` (a resource limit
/// of "infinity" is 2^64-1), all others `double`. The order of an object's members is not kept.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

// MARK: - Looking at one value

extension JSONValue {
    /// Whether this is `null`, which Go's encoders write for an empty list.
    package var isNull: Bool { self == .null }

    /// The Boolean, or nil for any other kind.
    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The string, or nil for any other kind.
    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The number as an `Int64`, or nil for any other kind and for numbers that do not fit.
    package var int64: Int64? { integer() }

    /// The number as a `UInt64`, or nil for any other kind and for numbers that do not fit.
    package var uint64: UInt64? { integer() }

    /// The elements, or nil for any other kind.
    package var array: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// The members, or nil for any other kind.
    package var object: [String: JSONValue]? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    /// The number as any integer type, or nil for any other kind and for numbers that do not fit.
    package func integer<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) -> Integer? {
        switch self {
        case .int(let value): Integer(exactly: value)
        case .uint(let value): Integer(exactly: value)
        default: nil
        }
    }
}

// MARK: - Reading and editing by path

extension JSONValue {
    /// The member of an object.
    ///
    /// Reading gives nil when there is no such member or this is no object. Assigning makes this value
    /// an object if it is none (whatever it was is lost); assigning nil removes the member.
    package subscript(key: String) -> JSONValue? {
        get { object?[key] }
        set {
            guard case .object(var members) = self else {
                if let newValue { self = .object([key: newValue]) }
                return
            }
            // The old tree is dropped first, so that the members are edited in place, not copied.
            self = .null
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The element of an array; nil beyond its end or when this is no array.
    package subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// The value below a path of member names, for example `["linux", "cgroupsPath"]`.
    ///
    /// Assigning makes the objects on the way that are missing; assigning nil removes the last member and
    /// makes nothing.
    package subscript(path: [String]) -> JSONValue? {
        get {
            var value: JSONValue? = self
            for key in path { value = value?[key] }
            return value
        }
        set { assign(newValue, at: path[...]) }
    }

    private mutating func assign(_ newValue: JSONValue?, at path: ArraySlice<String>) {
        guard let key = path.first else {
            self = newValue ?? .null
            return
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            self[key] = newValue
            return
        }
        if newValue == nil, self[key] == nil { return }
        var child = self[key] ?? .object([:])
        child.assign(newValue, at: rest)
        self[key] = child
    }
}

// MARK: - Literals

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension JSONValue {
    /// A list of strings.
    package init(_ strings: [String]) { self = .array(strings.map(JSONValue.string)) }

    /// A map of strings.
    package init(_ strings: [String: String]) { self = .object(strings.mapValues(JSONValue.string)) }

    /// A whole number of any type, in the case that fits.
    package init<Integer: FixedWidthInteger>(_ number: Integer) {
        if let signed = Int64(exactly: number) {
            self = .int(signed)
        } else {
            self = .uint(UInt64(clamping: number))
        }
    }
}

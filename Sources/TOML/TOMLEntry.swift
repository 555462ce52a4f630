/// One key of a TOML document or of a table in it.
package struct TOMLEntry: Sendable, Equatable {
    package let key: String
    package let value: TOMLValue
    /// Where the key stands, from 1.
    package let line: Int
}

/// A value in a TOML document.
package indirect enum TOMLValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    /// In no particular order, each key once.
    case table([TOMLEntry])
    case float
    /// A date, a time, or both.
    case date
    case array

    /// What kind of value it is, with its article, for a message.
    package var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "a boolean"
        case .table: "a table"
        case .float: "a number with a fraction"
        case .date: "a date"
        case .array: "an array"
        }
    }
}

/// A text that is no TOML.
package struct TOMLError: Error, Sendable, Equatable {
    /// Where reading ended, from 1.
    package let line: Int
    package let reason: String
}

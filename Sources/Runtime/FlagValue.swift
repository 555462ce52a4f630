/// What a flag of runsc takes.
///
/// The words are those that Go's flag package prints. A flag whose description has a quoted word shows that
/// word in place of its type.
enum FlagKind: Sendable, Equatable {
    case boolean, integer, unsigned, duration
    /// Free text, or words that only runsc knows.
    case text

    init(_ name: String, _ flag: Contract.GlobalFlag) {
        switch flag.type {
        case "": self = .boolean
        case "int": self = .integer
        case "uint": self = .unsigned
        case "duration": self = .duration
        default: self = Self.hidden.contains(name) ? .boolean : .text
        }
    }

    /// Booleans whose type the help hides.
    private static let hidden: Set<String> = ["net-raw", "nvproxy-docker"]

    /// What a good value is, for a message.
    var expectation: String {
        switch self {
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .unsigned: "a whole number, not negative"
        case .duration: "a duration like 1.5s or 100ms"
        case .text: "text without NUL"
        }
    }

    /// A value in the one form that the rest of the runtime compares with; nil if it is none of this kind.
    ///
    /// Accepts what the command line of runsc accepts, so that an existing configuration goes on to work.
    func canonical(_ value: String) -> String? {
        switch self {
        case .boolean:
            switch value {
            case "1", "t", "T", "true", "TRUE", "True": "true"
            case "0", "f", "F", "false", "FALSE", "False": "false"
            default: nil
            }
        case .integer: Self.integer(value, as: Int64.self).map { "\($0)" }
        case .unsigned: Self.integer(value, as: UInt64.self).map { "\($0)" }
        case .duration: Self.isDuration(value) ? value : nil
        case .text: value.utf8.contains(0) ? nil : value
        }
    }

    /// A number with an optional sign, and a prefix for any base but ten.
    static func integer<Number: FixedWidthInteger>(_ text: String, as: Number.Type) -> Number? {
        var digits = Substring(text)
        let isNegative = digits.hasPrefix("-")
        guard !isNegative || Number.isSigned else { return nil }
        if isNegative || (Number.isSigned && digits.hasPrefix("+")) { digits.removeFirst() }
        var radix = 10
        let prefixes = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2), ("0", 8)]
        if let (prefix, base) = prefixes.first(where: { digits.hasPrefix($0.0) }), digits != "0" {
            digits.removeFirst(prefix.count)
            radix = base
        }
        // The initialiser would take a second sign.
        guard let first = digits.first, first != "-", first != "+" else { return nil }
        return Number((isNegative ? "-" : "") + digits, radix: radix)
    }

    /// Numbers with units one after the other, or a bare zero.
    private static func isDuration(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        if rest == "0" { return true }
        guard !rest.isEmpty else { return false }
        while !rest.isEmpty {
            let number = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
            guard number.contains(where: { $0 != "." }), number.filter({ $0 == "." }).count < 2 else {
                return false
            }
            rest.removeFirst(number.count)
            let unit = rest.prefix { !(($0.isASCII && $0.isNumber) || $0 == ".") }
            guard ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].contains(unit) else { return false }
            rest.removeFirst(unit.count)
        }
        return true
    }
}

extension Contract {
    /// Flags before the sub-command that are no configuration: requests to runsc's command line, and the
    /// descriptors that its launcher donates.
    private static let reserved: Set<String> = [
        "h", "help", "version", "log-fd", "debug-log-fd", "panic-log-fd", "coverage-fd", "user-log-fd",
    ]

    /// Checks the value of a flag against what the installed runsc takes.
    ///
    /// - Parameters:
    ///   - value: As configured.
    ///   - name: The flag, without dashes.
    /// - Returns: The value; Booleans as "true" or "false", numbers in decimal.
    /// - Throws: `RuntimeError.unsupported` for a flag that this runsc does not have, and `invalid` for a flag
    ///   that is not for configuration and for a value of another type; each names the flag.
    package func checked(_ value: String, of name: String) throws(RuntimeError) -> String {
        guard let flag = globalFlags[name] else {
            throw RuntimeError(.unsupported, "flag \"\(name)\" is not supported by runsc \(version)")
        }
        guard !Self.reserved.contains(name) else {
            throw RuntimeError(.invalid, "flag \"\(name)\" cannot be configured")
        }
        let kind = FlagKind(name, flag)
        guard let canonical = kind.canonical(value) else {
            throw RuntimeError(
                .invalid, "flag \"\(name)\": expected \(kind.expectation), not \"\(value)\"")
        }
        return canonical
    }
}

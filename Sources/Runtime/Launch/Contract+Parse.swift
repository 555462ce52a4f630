/// Why a contract could not be learnt.
package enum ContractError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The output of a command is not what a runsc prints.
    case unreadable(command: String, output: String)
    /// The launch needs flags that this binary does not have.
    case unsupported(version: String, missing: [String])

    package var description: String {
        switch self {
        case .unreadable(let command, let output):
            "cannot read the output of \"\(command)\": \"\(output.prefix(200))\""
        case .unsupported(let version, let missing):
            "runsc \(version) cannot be launched: it lacks the flags \(missing.joined(separator: ", "))"
        }
    }
}

extension Contract {
    /// Reads a contract out of what a runsc prints.
    ///
    /// The four texts are those of `runsc --version`, `runsc help boot`, `runsc help gofer` and
    /// `runsc flags` (which prints to standard error).
    /// - Throws: `unreadable` for a text that has no version or no flags; `unsupported` if flags are missing
    ///   without which there is no launch.
    package init(version: String, helpBoot: String, helpGofer: String, flags: String) throws(ContractError) {
        guard let (runsc, spec) = Self.versions(version) else {
            throw .unreadable(command: "--version", output: version)
        }
        self.version = runsc
        specVersion = spec
        bootFlags = Set(try Self.flags(helpBoot, of: "help boot").keys)
        goferFlags = Set(try Self.flags(helpGofer, of: "help gofer").keys)
        globalFlags = try Self.flags(flags, of: "flags")
        goferTakesContainerID = Self.usage(helpGofer).contains("<container")
        let missing = missingFlags
        guard missing.isEmpty else { throw .unsupported(version: runsc, missing: missing) }
    }

    /// "runsc version X" and "spec: Y", one a line.
    private static func versions(_ text: String) -> (runsc: String, spec: String)? {
        var runsc: String?
        var spec = ""
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("runsc version ") { runsc = String(line.dropFirst("runsc version ".count)) }
            if line.hasPrefix("spec: ") { spec = String(line.dropFirst("spec: ".count)) }
        }
        guard let runsc, !runsc.isEmpty else { return nil }
        return (runsc, spec)
    }

    /// The part before the first flag: the usage line, which older releases do not end.
    private static func usage(_ help: String) -> Substring {
        let line = help.prefix { !$0.isNewline }
        guard let flag = line.indices.first(where: { line[$0...].hasPrefix("  -") }) else { return line }
        return line[..<flag]
    }

    /// The flags of a text that Go's flag package wrote.
    ///
    /// A flag stands on a line of its own behind two blanks, its description on the next ones behind four
    /// and a tab; only a flag of one letter has its description on the same line, behind a tab.
    private static func flags(
        _ text: String, of command: String
    ) throws(ContractError) -> [String: GlobalFlag] {
        var flags: [String: GlobalFlag] = [:]
        var current: (name: String, type: String, description: Substring)?
        func finish() {
            guard let flag = current else { return }
            flags[flag.name] = GlobalFlag(type: flag.type, defaultValue: defaultValue(flag.description))
        }
        // The first flag may share the line with the usage.
        let body = text.dropFirst(usage(text).count)
        for line in body.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("  -") {
                finish()
                let name = line.dropFirst(3).prefix { $0 != " " && $0 != "\t" }
                let rest = line.dropFirst(3 + name.count)
                let isShort = rest.hasPrefix("\t")
                current = (
                    String(name), isShort ? "" : String(rest.dropFirst()), isShort ? rest.dropFirst() : ""
                )
            } else if line.hasPrefix("    \t") {
                // Only the last line of a description can end in the default.
                current?.description = line.dropFirst(5)
            }
        }
        finish()
        guard !flags.isEmpty else { throw .unreadable(command: command, output: text) }
        return flags
    }

    /// X of "… (default X)" at the end of a description, without quotes.
    private static func defaultValue(_ description: Substring) -> String? {
        let mark = "(default "
        guard description.hasSuffix(")"),
            let start = description.indices.last(where: { description[$0...].hasPrefix(mark) })
        else { return nil }
        let value = description[start...].dropFirst(mark.count).dropLast()
        let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
        return String(isQuoted ? value.dropFirst().dropLast() : value)
    }
}

extension Contract {
    /// Runs a runsc with these arguments and gives all that it printed, standard error included.
    package typealias Run = @Sendable (_ arguments: [String]) async throws -> String

    /// Learns the contract by asking the binary, with its four commands at the same time.
    ///
    /// - Parameter run: Must have a deadline of its own.
    /// - Returns: The contract, which has all flags that a launch needs.
    /// - Throws: What `run` throws, or `ContractError`.
    package static func probe(_ run: @escaping Run) async throws -> Contract {
        async let version = run(["--version"])
        async let helpBoot = run(["help", "boot"])
        async let helpGofer = run(["help", "gofer"])
        async let flags = run(["flags"])
        return try await Contract(
            version: version, helpBoot: helpBoot, helpGofer: helpGofer, flags: flags)
    }
}

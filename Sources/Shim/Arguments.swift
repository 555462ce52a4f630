/// The command line as containerd gives it, in the syntax of Go's flag package.
///
/// `-x value`, `--x value`, `-x=value`; a switch needs no value, but takes one after "=". The first word that is
/// no flag is the action, and ends the flags.
package struct Arguments: Sendable, Equatable {
    /// What the process is to do.
    package enum Action: Sendable, Equatable {
        /// Serve the task API on the inherited socket; no word on the command line.
        case serve
        /// Bring up a shim for a container, or find the one of its group, and print its address.
        case start
        /// Clean up after a shim that is gone.
        case delete
    }

    /// The containerd namespace that owns the container.
    package var namespace = ""
    /// containerd's own socket; it is part of the name of ours.
    package var address = ""
    /// Accepted for compatibility: events go over ttRPC only.
    package var publishBinary = "containerd"
    /// The container, or what it is grouped by.
    package var id = ""
    /// The bundle for `delete`, if it is not the working directory.
    package var bundle = ""
    /// A socket to make and serve instead of the inherited one.
    package var socket = ""
    /// Accepted for compatibility.
    package var debugSocket = ""
    package var debug = false
    package var showVersion = false
    package var showInfo = false
    package var action = Action.serve

    package init() {}

    /// Reads a command line without the program's name.
    package init(parsing words: [String]) throws(ArgumentError) {
        var rest = words[...]
        while let word = rest.first {
            guard let flag = try Flag(word) else { break }
            rest.removeFirst()
            if flag.isTerminator { break }
            try set(flag, &rest)
        }
        if let word = rest.popFirst() {
            switch word {
            case "start": action = .start
            case "delete": action = .delete
            default: throw ArgumentError("unknown action \"\(word)\": start, delete or none expected")
            }
        }
        if let word = rest.first { throw ArgumentError("unexpected argument \"\(word)\" after the action") }
        try check()
    }

    private mutating func set(_ flag: Flag, _ rest: inout ArraySlice<String>) throws(ArgumentError) {
        if let text = Self.texts[flag.name] {
            guard let value = flag.value ?? rest.popFirst() else {
                throw ArgumentError("flag -\(flag.name) needs an argument")
            }
            self[keyPath: text] = value
        } else if let toggle = Self.toggles[flag.name] {
            self[keyPath: toggle] = try flag.boolean()
        } else {
            throw ArgumentError("flag -\(flag.name) is not known")
        }
    }

    private func check() throws(ArgumentError) {
        if showVersion || showInfo { return }
        if namespace.isEmpty {
            throw ArgumentError("flag -namespace is missing: the shim belongs to a namespace")
        }
        if id.isEmpty && action != .serve { throw ArgumentError("flag -id is missing: the container's id") }
    }

    // Key paths of a Sendable struct without captures are safe to share.
    private static var texts: [String: WritableKeyPath<Arguments, String>] {
        [
            "namespace": \.namespace, "address": \.address, "publish-binary": \.publishBinary, "id": \.id,
            "bundle": \.bundle, "socket": \.socket, "debug-socket": \.debugSocket,
        ]
    }

    private static var toggles: [String: WritableKeyPath<Arguments, Bool>] {
        ["debug": \.debug, "v": \.showVersion, "version": \.showVersion, "info": \.showInfo]
    }
}

/// What is wrong with a command line.
package struct ArgumentError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// One word of the command line that is a flag.
private struct Flag {
    let name: String
    let value: String?

    /// Whether this is "--", which ends the flags and is none.
    var isTerminator: Bool { name.isEmpty }

    /// Gives `nil` for a word that is no flag: one without a dash, or a dash alone.
    init?(_ word: String) throws(ArgumentError) {
        guard word.hasPrefix("-"), word != "-" else { return nil }
        if word == "--" {
            (name, value) = ("", nil)
            return
        }
        let body = word.dropFirst(word.hasPrefix("--") ? 2 : 1)
        if body.hasPrefix("-") || body.hasPrefix("=") { throw ArgumentError("bad flag syntax: \(word)") }
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        value = parts.count > 1 ? String(parts[1]) : nil
    }

    /// The value of a switch, in the spellings of Go's strconv.ParseBool.
    func boolean() throws(ArgumentError) -> Bool {
        switch value {
        case nil, "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        case .some(let value): throw ArgumentError("flag -\(name): \"\(value)\" is neither true nor false")
        }
    }
}

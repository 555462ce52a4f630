internal import Runtime
internal import TOML

/// Where a text is at fault.
private struct Place {
    let source: String
    let line: Int

    func error(_ reason: String) -> ConfigurationError { .text(source: source, line: line, reason: reason) }
    func warning(_ reason: String) -> String { "\(source):\(line): \(reason)" }
}

extension ShimConfiguration {
    /// Takes over what a TOML text says.
    ///
    /// - Returns: Whether it says anything. The text that containerd makes of the options in its own
    ///   configuration may have no more than the options' type.
    mutating func read(_ bytes: [UInt8], source: String) throws(ConfigurationError) -> Bool {
        let document: TOMLDocument
        do throws(TOMLError) { document = try TOMLDocument(bytes) } catch {
            throw .text(source: source, line: error.line, reason: error.reason)
        }
        var saysSomething = false
        for entry in document.entries.sorted(by: { $0.line < $1.line }) {
            guard !Self.envelope.contains(entry.key) else { continue }
            saysSomething = true
            try take(entry, Place(source: source, line: entry.line))
        }
        if saysSomething { self.source = source }
        return saysSomething
    }

    /// Fields of the message that carries the text; containerd copies them into it.
    private static let envelope: Set<String> = [
        "TypeUrl", "ConfigPath", "ConfigBody", "type_url", "config_path", "config_body",
    ]

    private mutating func take(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) {
        switch entry.key {
        // The second spelling is that of runc's options, which also serves for containerd's own file.
        case "binary_name", "BinaryName": set(&binaryName, try string(entry, place))
        case "root", "Root": set(&root, try absolute(entry, place))
        case "shim_cgroup", "ShimCgroup": shimCgroup = try string(entry, place)
        case "io_uid", "IoUid": ioUID = try number(entry, place)
        case "io_gid", "IoGid": ioGID = try number(entry, place)
        case "SystemdCgroup": if try boolean(entry, place) { useSystemdCgroup() }
        case "log_level": logLevel = try level(entry, place)
        case "trace_file": traceFile = try absolute(entry, place)
        case "launch_path": launchPath = try path(entry, place)
        case "log_path": logPath = try absolute(entry, place)
        case "timer_slack_us": timerSlack = try number(entry, place, in: 1...1_000_000)
        case "pod_annotations": podAnnotations = try boolean(entry, place)
        case "runsc_config": try takeFlags(entry, place)
        case "grouping":
            if try !boolean(entry, place) {
                warnings.append(place.warning("grouping = false is ignored: a pod always has one shim"))
            }
        case "enable_hibernate_server", "restore_background":
            if try boolean(entry, place) {
                warnings.append(place.warning("\"\(entry.key)\" is not supported, and ignored"))
            }
        case "NoPivotRoot", "NoNewKeyring", "CriuPath", "CriuImagePath", "CriuWorkPath", "TaskApiAddress",
            "TaskApiVersion":
            break  // runc's own business
        default:
            warnings.append(place.warning("unknown key \"\(entry.key)\", ignored"))
        }
    }

    private mutating func takeFlags(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) {
        guard case .table(let entries) = entry.value else { throw mismatch(entry, place, "a table") }
        for flag in entries.sorted(by: { $0.line < $1.line }) {
            let place = Place(source: place.source, line: flag.line)
            guard flag.key != "root" else {
                warnings.append(
                    place.warning(
                        "flag \"root\" is ignored: runsc's root is that of the shim and the namespace"))
                continue
            }
            switch flag.value {
            case .string(let text): flags[flag.key] = text
            case .boolean(let isOn): flags[flag.key] = isOn ? "true" : "false"
            case .integer(let number): flags[flag.key] = "\(number)"
            default: throw mismatch(flag, place, "a string, a boolean or an integer")
            }
        }
    }

    // MARK: - Values

    /// An empty text stands for the default.
    private func set(_ value: inout String, _ text: String) { if !text.isEmpty { value = text } }

    private func string(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) -> String {
        guard case .string(let text) = entry.value else { throw mismatch(entry, place, "a string") }
        guard !text.utf8.contains(0) else { throw place.error("\"\(entry.key)\": contains NUL") }
        return text
    }

    private func absolute(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) -> String {
        let path = try string(entry, place)
        guard path.isEmpty || path.hasPrefix("/") else {
            throw place.error("\"\(entry.key)\": expected an absolute path, not \"\(path)\"")
        }
        return path
    }

    private func boolean(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) -> Bool {
        guard case .boolean(let isOn) = entry.value else { throw mismatch(entry, place, "true or false") }
        return isOn
    }

    private func number(
        _ entry: TOMLEntry, _ place: Place, in range: ClosedRange<UInt32> = 0 ... .max
    ) throws(ConfigurationError) -> UInt32 {
        guard case .integer(let number) = entry.value else { throw mismatch(entry, place, "an integer") }
        guard let value = UInt32(exactly: number), range.contains(value) else {
            let expected = "\(range.lowerBound) to \(range.upperBound)"
            throw place.error("\"\(entry.key)\": expected \(expected), not \(number)")
        }
        return value
    }

    /// The names are those of containerd's logger.
    private func level(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) -> Log.Level? {
        let name = try string(entry, place)
        switch name.lowercased() {
        case "": return nil
        case "trace", "debug": return .debug
        case "info": return .info
        case "warn", "warning": return .warning
        case "error", "fatal", "panic": return .error
        default:
            throw place.error(
                "\"\(entry.key)\": expected debug, info, warning or error, not \"\(name)\"")
        }
    }

    private func path(_ entry: TOMLEntry, _ place: Place) throws(ConfigurationError) -> LaunchPath {
        let name = try string(entry, place)
        guard let path = LaunchPath(rawValue: name) else {
            throw place.error("\"\(entry.key)\": expected automatic or staged, not \"\(name)\"")
        }
        return path
    }

    private func mismatch(_ entry: TOMLEntry, _ place: Place, _ expected: String) -> ConfigurationError {
        place.error("\"\(entry.key)\": expected \(expected), not \(entry.value.kind)")
    }
}

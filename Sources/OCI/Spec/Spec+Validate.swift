extension Spec {
    /// Something in a spec that is ignored; the caller logs it.
    package enum Warning: Sendable, Equatable, CustomStringConvertible {
        case appArmorIgnored(profile: String)
        case seccompIgnored

        package var description: String {
            switch self {
            case .appArmorIgnored(let profile):
                "AppArmor profile \"\(profile)\" is ignored: gVisor has no AppArmor inside"
            case .seccompIgnored:
                "seccomp profile is ignored unless runsc runs with oci-seccomp"
            }
        }
    }

    /// Checks what would otherwise fail later and less clearly, or be cut off silently.
    ///
    /// - Returns: What is ignored.
    /// - Throws: `SpecError` for the first thing that cannot work: another major version, no
    ///   process, no arguments, a relative working directory, no root, an SELinux label, a text with a NUL
    ///   byte (the kernel would take it for the end), a relative path out of the bundle, an unknown container type.
    package func validate() throws(SpecError) -> [Warning] {
        try validateVersion()
        guard let process else { throw Self.invalid("process", "missing") }
        var warnings = try process.validate(path: "process")
        guard let root, !root.path.isEmpty else { throw Self.invalid("root.path", "missing") }
        try Self.refuseNUL(in: root.path, "root.path")
        try Self.refuseClimbing(root.path, "root.path")
        if !hostname.isEmpty, linux?.namespace(.uts) == nil {
            throw Self.invalid("hostname", "\"\(hostname)\" needs a namespace of type \"uts\"")
        }
        for (index, mount) in mounts.enumerated() {
            guard mount.destination.hasPrefix("/") else {
                throw Self.invalid("mounts[\(index)].destination", "\"\(mount.destination)\" is not absolute")
            }
            try Self.refuseNUL(in: mount.destination, "mounts[\(index)].destination")
            try Self.refuseNUL(in: mount.source, "mounts[\(index)].source")
            if mount.isServedByGofer {
                try Self.refuseClimbing(mount.source, "mounts[\(index)].source")
                if let option = mount.options.first(where: Self.sharing.contains) {
                    throw .unsupported(
                        "mounts[\(index)] (\(mount.destination)): mount option \"\(option)\": "
                            + "what the sandbox mounts never reaches the host")
                }
            }
        }
        if let propagation = linux?.rootfsPropagation, Self.sharing.contains(propagation) {
            throw .unsupported(
                "linux.rootfsPropagation: \"\(propagation)\": nothing that the sandbox mounts reaches the host"
            )
        }
        _ = try Annotations(annotations).containerRole()
        if linux?.seccomp != nil { warnings.append(.seccompIgnored) }
        return warnings
    }

    /// The propagations that lead out of the container.
    private static let sharing: Set<String> = ["shared", "rshared"]

    private func validateVersion() throws(SpecError) {
        // An absent version is taken for 1.x, as gVisor does: it never looks at the field.
        guard !ociVersion.isEmpty else { return }
        let major = ociVersion.prefix { $0 != "." }
        guard major == "1" else {
            throw Self.invalid("ociVersion", "\"\(ociVersion)\" is not a version 1 of the specification")
        }
    }

    static func invalid(_ path: String, _ reason: String) -> SpecError {
        .invalid(path: "config.json: \(path)", reason: reason)
    }

    /// Refuses a relative path that leads out of the bundle.
    static func refuseClimbing(_ path: String, _ field: String) throws(SpecError) {
        guard !path.hasPrefix("/") else { return }
        var depth = 0
        for part in path.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            guard depth >= 0 else { throw invalid(field, "\"\(path)\" leads out of the bundle") }
        }
    }

    static func refuseNUL(in text: String, _ path: String) throws(SpecError) {
        guard !text.utf8.contains(0) else { throw invalid(path, "contains a NUL byte") }
    }
}

extension Spec.Process {
    /// Checks a process, of a spec or of an exec request.
    ///
    /// - Parameter path: Where it stands, for errors.
    /// - Returns: What is ignored.
    /// - Throws: `SpecError` for the first thing that cannot work.
    package func validate(path: String = "process") throws(SpecError) -> [Spec.Warning] {
        guard !args.isEmpty else { throw Spec.invalid("\(path).args", "must not be empty") }
        guard cwd.hasPrefix("/") else { throw Spec.invalid("\(path).cwd", "\"\(cwd)\" is not absolute") }
        guard selinuxLabel.isEmpty else {
            throw .unsupported("SELinux is not supported: process label \"\(selinuxLabel)\"")
        }
        for text in args { try Spec.refuseNUL(in: text, "\(path).args") }
        for text in env { try Spec.refuseNUL(in: text, "\(path).env") }
        try Spec.refuseNUL(in: cwd, "\(path).cwd")
        return apparmorProfile.isEmpty ? [] : [.appArmorIgnored(profile: apparmorProfile)]
    }
}

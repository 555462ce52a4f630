internal import Messages
internal import OCI

/// The answer to `-info`: what containerd 2.1 and later ask before they use a runtime.
package enum Info {
    /// More than any options have.
    static let inputLimit = 1 << 20

    /// The answer's bytes for what came on standard input.
    package static func answer(to input: [UInt8]) throws -> [UInt8] {
        let options = input.isEmpty ? nil : try AnyMessage(decoding: input)
        return RuntimeInfo(
            name: ShimVersion.runtimeName,
            version: RuntimeVersion(version: ShimVersion.version, revision: ""),
            options: options,
            features: AnyMessage(typeURL: TypeURL.features, value: try features.serialised(sortedKeys: true))
        ).encoded()
    }

    /// The OCI features document; what it leaves out counts as unknown, not as absent.
    private static let features: JSONValue = [
        "ociVersionMin": "1.0.0",
        "ociVersionMax": "1.1.0",
        "mountOptions": JSONValue(mountOptions),
        "linux": ["namespaces": ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"]],
    ]

    /// The mount options that gVisor knows; the others are data of a file system.
    private static let mountOptions = [
        "acl", "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "loud",
        "mand",
        "noacl", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nomand", "norelatime",
        "nostrictatime",
        "nosuid", "private", "rbind", "relatime", "remount", "ro", "rprivate", "rro", "rslave", "runbindable",
        "rw",
        "silent",
        "slave", "strictatime", "suid", "sync", "unbindable",
    ]
}

package import Messages
package import Sys

/// One mount of containerd's in terms of mount(2): options as in fstab, sorted into flags and data.
package struct MountPlan: Sendable, Equatable {
    package var type: String
    package var source: String
    package var flags: MountFlags = []
    /// Set by a call of its own, afterwards: propagation goes with no other flag.
    package var propagation: MountFlags = []
    package var data = ""
    /// Where the paths in `data` are relative to.
    package var workingDirectory: String?

    /// mount(2) takes a page of data, with its NUL.
    static let dataLimit = 4095

    /// Lays out one mount.
    package init(_ mount: RootfsMount) throws(MountRefused) {
        type = mount.type
        source = mount.source
        var rest: [String] = []
        for option in mount.options {
            if let change = Self.flags[option] {
                flags = change.clears ? flags.subtracting(change.flag) : flags.union(change.flag)
            } else if let change = Self.propagations[option] {
                propagation = change
            } else if option == "loop" || option.hasPrefix("loop=") {
                throw MountRefused(mount, "option \"\(option)\": loop devices are not supported")
            } else if option.hasPrefix("uidmap=") || option.hasPrefix("gidmap=") {
                throw MountRefused(
                    mount, "option \"\(option)\": mapping the owners of layers is not supported")
            } else if option != "defaults" && !option.isEmpty {
                rest.append(option)
            }
        }
        if type.hasPrefix("fuse.") || type.hasPrefix("fuse3.") {
            throw MountRefused(mount, "mounts by a helper program are not supported")
        }
        if type == "bind" || type == "rbind" {
            flags.insert(.bind)
            if type == "rbind" { flags.insert(.recursive) }
        }
        data = rest.joined(separator: ",")
        if data.utf8.count > Self.dataLimit { shorten(rest) }
        if data.utf8.count > Self.dataLimit {
            throw MountRefused(
                mount,
                "\(data.utf8.count) bytes of options, more than the \(Self.dataLimit) that mount(2) takes")
        }
    }

    /// Makes the layers of an overlay relative to the directory that they have in common.
    private mutating func shorten(_ options: [String]) {
        let prefix = "lowerdir="
        guard type == "overlay", let index = options.firstIndex(where: { $0.hasPrefix(prefix) }) else {
            return
        }
        let value = options[index].dropFirst(prefix.count)
        // An escaped colon is part of a name; such names are left alone.
        guard !value.contains("\\") else { return }
        let layers = value.split(separator: ":", omittingEmptySubsequences: false)
        guard let common = Self.commonDirectory(layers) else { return }
        var options = options
        options[index] = prefix + layers.map { $0.dropFirst(common.count + 1) }.joined(separator: ":")
        workingDirectory = common
        data = options.joined(separator: ",")
    }

    /// The deepest directory above all of some absolute paths; `nil` if that is the root.
    static func commonDirectory(_ paths: [Substring]) -> String? {
        guard let first = paths.first else { return nil }
        var common = first.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for path in paths {
            let parents = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            common = common.prefix(zip(common, parents).prefix { $0 == $1 }.count)
        }
        guard common.count > 1, common.first == "" else { return nil }
        return common.joined(separator: "/")
    }

    private struct Change {
        let clears: Bool
        let flag: MountFlags

        static func set(_ flag: MountFlags) -> Change { Change(clears: false, flag: flag) }
        static func clear(_ flag: MountFlags) -> Change { Change(clears: true, flag: flag) }
    }

    /// Mandatory locking, which kernels since 5.15 pass over.
    private static let mandatoryLocks = MountFlags(rawValue: 64)

    private static let flags: [String: Change] = [
        "async": .clear(.synchronous), "sync": .set(.synchronous), "dirsync": .set(.directorySync),
        "atime": .clear(.noAccessTime), "noatime": .set(.noAccessTime),
        "diratime": .clear(.noDirectoryAccessTime), "nodiratime": .set(.noDirectoryAccessTime),
        "relatime": .set(.relativeAccessTime), "norelatime": .clear(.relativeAccessTime),
        "strictatime": .set(.strictAccessTime), "nostrictatime": .clear(.strictAccessTime),
        "bind": .set(.bind), "rbind": .set([.bind, .recursive]), "remount": .set(.remount),
        "dev": .clear(.noDevices), "nodev": .set(.noDevices),
        "exec": .clear(.noExec), "noexec": .set(.noExec),
        "suid": .clear(.noSUID), "nosuid": .set(.noSUID),
        "ro": .set(.readOnly), "rw": .clear(.readOnly),
        "mand": .set(mandatoryLocks), "nomand": .clear(mandatoryLocks),
    ]

    private static let propagations: [String: MountFlags] = [
        "private": .private, "rprivate": [.private, .recursive],
        "shared": .shared, "rshared": [.shared, .recursive],
        "slave": .slave, "rslave": [.slave, .recursive],
        "unbindable": .unbindable, "runbindable": [.unbindable, .recursive],
    ]
}

/// A mount that the shim cannot make.
package struct MountRefused: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ mount: RootfsMount, _ reason: String) {
        description = "rootfs mount of type \"\(mount.type)\" from \"\(mount.source)\": \(reason)"
    }
}

extension MountPlan {
    /// Makes the mount; blocks as mount(2) does.
    func mount(at target: String) throws(SysError) {
        if let workingDirectory {
            try Mount.mount(
                source: source, target: target, type: type, flags: flags, data: data,
                workingDirectory: workingDirectory)
        } else if !flags.contains(.remount) || !data.isEmpty {
            try Mount.mount(
                source: source, target: target, type: type, flags: flags, data: data.isEmpty ? nil : data)
        }
        if !propagation.isEmpty {
            try Mount.mount(source: nil, target: target, type: nil, flags: propagation)
        }
        // A bind mount takes read-only only as a change.
        if flags.isSuperset(of: [.bind, .readOnly]) {
            try Mount.mount(source: nil, target: target, type: nil, flags: flags.union(.remount))
        }
    }
}

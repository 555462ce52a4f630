/// What one installed runsc expects of the program that launches its two processes.
///
/// It is learnt from the binary's own help, flag by flag, not from its version: releases are weekly and change
/// flags one at a time, and distributions number theirs in other ways. A flag is sent only if it is here.
package struct Contract: Sendable, Equatable {
    /// The version that the binary gives, for people and for logs; nothing depends on it.
    package var version: String
    /// The version of the OCI runtime specification that the binary gives.
    package var specVersion: String
    /// The flags of `runsc boot`, without dashes.
    package var bootFlags: Set<String>
    /// The flags of `runsc gofer`, without dashes.
    package var goferFlags: Set<String>
    /// The flags before the sub-command, without dashes, with their defaults.
    package var globalFlags: [String: GlobalFlag]
    /// Whether `runsc gofer` wants the container's id after its flags.
    package var goferTakesContainerID: Bool

    /// One flag of the configuration.
    package struct GlobalFlag: Sendable, Equatable {
        /// The word that the help has for the flag's value ("string", "int", "value" …); empty for a
        /// Boolean, which needs none.
        package var type: String
        /// The default as the help has it, without quotes; nil when the help names none, which for a
        /// Boolean, number or string means false, 0 or empty.
        package var defaultValue: String?

        /// Whether it may stand without a value.
        package var isBoolean: Bool { type.isEmpty }

        /// A flag.
        package init(type: String, defaultValue: String?) {
            self.type = type
            self.defaultValue = defaultValue
        }
    }

    /// The releases whose launch is known in every detail.
    package enum Release: String, Sendable, CaseIterable {
        /// 2022: one overlay filestore, no mount configurations.
        case r22
        /// 2024: mount configurations, and still a flag for the pid namespace.
        case r24
        /// 2026: the gofer asks its launcher for mounts.
        case head
        /// A mixture; it can be launched flag by flag, but not by doing its first stage for it.
        case unknown
    }

    /// A contract of these parts.
    package init(
        version: String, specVersion: String, bootFlags: Set<String>, goferFlags: Set<String>,
        globalFlags: [String: GlobalFlag], goferTakesContainerID: Bool
    ) {
        self.version = version
        self.specVersion = specVersion
        self.bootFlags = bootFlags
        self.goferFlags = goferFlags
        self.globalFlags = globalFlags
        self.goferTakesContainerID = goferTakesContainerID
    }
}

// MARK: - Questions

extension Contract {
    /// Whether `runsc boot` knows a flag (given without dashes).
    package func boot(_ flag: String) -> Bool { bootFlags.contains(flag) }

    /// Whether `runsc gofer` knows a flag (given without dashes).
    package func gofer(_ flag: String) -> Bool { goferFlags.contains(flag) }

    /// Whether the configuration has a flag (given without dashes).
    package func global(_ flag: String) -> Bool { globalFlags[flag] != nil }

    /// Both processes are told how each mount is served and overlaid.
    package var hasGoferMountConfs: Bool { boot("gofer-mount-confs") && gofer("gofer-mount-confs") }

    /// An overlay's setting, and a mount's configuration, may say how large it may become.
    package var hasOverlaySize: Bool { hasGoferMountConfs && needsGoferRPCFD }

    /// The Sentry wants exactly one descriptor for an overlay, -1 for none.
    package var needsOverlayFilestoreFD: Bool { boot("overlay-filestore-fd") }

    /// The Sentry takes one file for each mount that is overlaid on the host.
    package var hasGoferFilestoreFDs: Bool { boot("gofer-filestore-fds") }

    /// The gofer needs a valid socket to its launcher, even if it asks for nothing.
    package var needsGoferRPCFD: Bool { gofer("rpc-fd") }

    /// The Sentry is told by a flag that it has a pid namespace of its own; without the flag it always has.
    package var hasPIDNamespaceFlag: Bool { boot("pidns") }

    /// The Sentry may open files itself and then runs as uid 0 of a user namespace with identity mappings.
    package var hasDirectFS: Bool { global("directfs") }

    /// The control socket is an abstract name; otherwise it is a file.
    package var usesAbstractControlSocket: Bool { !hasGoferMountConfs }

    /// The Event call takes the container's id; before, it took nothing and meant the whole sandbox.
    package var eventTakesContainerID: Bool { hasGoferMountConfs }

    /// The state of a container can be asked of the Sentry (`ContainerRuntimeState`).
    package var hasContainerRuntimeState: Bool { hasGoferMountConfs }

    /// A sandbox can go on once it has been saved, and the image may have files of its own for the memory.
    package var savesWhileRunning: Bool { hasGoferMountConfs }

    /// A sandbox of several containers can be restored, one container after the other.
    package var restoresSubcontainers: Bool { hasGoferMountConfs }

    /// The Sentry's own forwarding of ports is sound: whatever a server inside writes, it does not panic.
    package var forwardsPorts: Bool { needsGoferRPCFD }

    /// A list of descriptors may be one flag with commas; before, it was the flag repeated.
    package var acceptsDescriptorLists: Bool { hasGoferMountConfs }

    /// Annotations that override flags are applied inside both processes, so they must not be resolved twice.
    package var appliesFlagAnnotations: Bool { hasPIDNamespaceFlag }

    /// The platform that is used when no flag names one.
    package var defaultPlatform: String? { globalFlags["platform"]?.defaultValue }

    /// Which release this is, as far as the launch can tell.
    package var release: Release {
        switch (hasGoferMountConfs, needsOverlayFilestoreFD, hasPIDNamespaceFlag, needsGoferRPCFD) {
        case (false, true, true, false): .r22
        case (true, false, true, false): .r24
        case (true, false, false, true): .head
        default: .unknown
        }
    }

    /// The flags without which no launch is possible, as "boot: spec-fd", in order; empty is good.
    package var missingFlags: [String] {
        let boot = [
            "bundle", "spec-fd", "controller-fd", "start-sync-fd", "io-fds", "mounts-fd", "stdio-fds",
            "setup-root", "apply-caps",
        ]
        let gofer = ["bundle", "spec-fd", "io-fds", "mounts-fd", "setup-root", "apply-caps"]
        return boot.filter { !bootFlags.contains($0) }.map { "boot: \($0)" }
            + gofer.filter { !goferFlags.contains($0) }.map { "gofer: \($0)" }
    }
}

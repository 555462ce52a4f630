import OCI

extension RuntimeConfiguration {
    /// The configuration as the Sentry's own structure: a subcontainer is started with it.
    ///
    /// The zero value is wrong for some of its fields, so all that a release has are written; fields of other releases
    /// are ignored by it.
    func sentryConfiguration(
        for contract: Contract, network: SandboxNetworkMode, overlay: OverlaySetting
    ) -> JSONValue {
        var fields: [String: JSONValue] = [
            "RootDir": .string(root),
            "Network": network == .host ? 1 : flags["network"] == "none" ? 2 : 0,
            "Overlay2": contract.hasGoferMountConfs ? [:] : overlay.oldJSON,
            "XDP": ["Mode": 0, "IfaceName": ""],
            "WatchdogAction": watchdogAction(contract),
            "ReferenceLeak": 0,
        ]
        func has(_ flag: String) -> Bool { contract.global(flag) }
        for (flag, field) in Self.booleans where has(flag) { fields[field] = .bool(isOn(flag, contract)) }
        for (flag, field) in Self.numbers where has(flag) {
            fields[field] = JSONValue(Int64(value(flag, contract)) ?? 0)
        }
        for (flag, field) in Self.texts where has(flag) { fields[field] = .string(value(flag, contract)) }
        for (flag, field, words) in Self.choices where has(flag) {
            fields[field] = JSONValue(words.firstIndex(of: value(flag, contract)) ?? 0)
        }
        return .object(fields)
    }

    private func watchdogAction(_ contract: Contract) -> JSONValue {
        let word = value("watchdog-action", contract)
        // A number as long as there was a flag for the pid namespace, then the flag's word.
        return contract.hasPIDNamespaceFlag ? word.lowercased() == "panic" ? 1 : 0 : .string(word)
    }

    private static let booleans = [
        ("debug", "Debug"), ("fsgofer-host-uds", "FSGoferHostUDS"), ("net-raw", "EnableRaw"),
        ("TESTONLY-allow-packet-endpoint-write", "AllowPacketEndpointWrite"),
        ("allow-packet-socket-write", "AllowPacketEndpointWrite"), ("gso", "HostGSO"),
        ("software-gso", "GVisorGSO"), ("software-gso", "GvisorGSO"), ("gvisor-gro", "GVisorGRO"),
        ("tx-checksum-offload", "TXChecksumOffload"), ("rx-checksum-offload", "RXChecksumOffload"),
        ("log-packets", "LogPackets"), ("strace", "Strace"), ("strace-event", "StraceEvent"),
        ("enable-core-tags", "EnableCoreTags"), ("profile", "ProfileEnable"), ("rootless", "Rootless"),
        ("alsologtostderr", "AlsoLogToStderr"), ("cpu-num-from-quota", "CPUNumFromQuota"),
        ("allow-flag-override", "AllowFlagOverride"), ("oci-seccomp", "OCISeccomp"),
        ("cgroupfs", "Cgroupfs"), ("ignore-cgroups", "IgnoreCgroups"), ("systemd-cgroup", "SystemdCgroup"),
        ("buffer-pooling", "BufferPooling"), ("EXPERIMENTAL-xdp-need-wakeup", "AFXDPUseNeedWakeup"),
        ("iouring", "IOUring"), ("directfs", "DirectFS"), ("app-huge-pages", "AppHugePages"),
        ("nvproxy", "NVProxy"), ("nvproxy-docker", "NVProxyDocker"), ("tpuproxy", "TPUProxy"),
        ("reproduce-nat", "ReproduceNAT"), ("reproduce-nftables", "ReproduceNftables"),
        ("net-disconnect-ok", "NetDisconnectOk"), ("overlay", "Overlay"),
        ("debug-to-user-log", "DebugToUserLog"), ("allow-live-tcp-migration", "AllowLiveTCPMigration"),
        ("mount-cgroup-v2", "MountCgroupV2"), ("rdmaproxy", "RDMAProxy"),
        ("nvproxy-allow-unsupported-driver", "NVProxyAllowUnsupportedDriver"),
        ("gvisor-marker-file", "GVisorMarkerFile"), ("allow-suid", "AllowSUID"),
        ("systrap-disable-syscall-patching", "SystrapDisableSyscallPatching"),
        ("systrap-disable-fast-path", "SystrapDisableFastPath"), ("TESTONLY-nftables", "Nftables"),
        ("kvm-use-cpu-nums", "UseCPUNums"), ("pause-external-networking", "PauseExternalNetworking"),
        ("allow-connected-on-save", "AllowConnectedOnSave"),
        ("allow-rootfs-tar-annotation", "AllowRootfsTarAnnotation"),
    ]
    private static let numbers = [
        ("strace-log-size", "StraceLogSize"), ("panic-signal", "PanicSignal"),
        ("num-network-channels", "NumNetworkChannels"), ("fdlimit", "FDLimit"), ("dcache", "DCache"),
        ("network-processors-per-channel", "NetworkProcessorsPerChannel"),
        ("profiling-metrics-rate-us", "ProfilingMetricsRate"), ("qdisc-tbf-rate", "TBFRate"),
        ("qdisc-tbf-burst", "TBFBurst"),
    ]
    private static let texts = [
        ("traceback", "Traceback"), ("log", "LogFilename"), ("log-format", "LogFormat"),
        ("debug-log", "DebugLog"), ("debug-command", "DebugCommand"), ("panic-log", "PanicLog"),
        ("debug-log-format", "DebugLogFormat"), ("platform", "Platform"),
        ("platform_device_path", "PlatformDevicePath"), ("strace-syscalls", "StraceSyscalls"),
        ("pcap-log", "PCAP"), ("pod-init-config", "PodInitConfig"), ("override-procs", "OverrideProcs"),
        ("gofer-network-namespace", "GoferNetworkNamespace"),
        ("nvproxy-driver-version", "NVProxyDriverVersion"),
        ("nvproxy-allowed-driver-capabilities", "NVProxyAllowedDriverCapabilities"),
        ("profiling-metrics", "ProfilingMetrics"), ("profiling-metrics-log", "ProfilingMetricsLog"),
        ("final-metrics-log", "FinalMetricsLog"), ("profile-block", "ProfileBlock"),
        ("profile-cpu", "ProfileCPU"), ("profile-heap", "ProfileHeap"), ("profile-mutex", "ProfileMutex"),
        ("trace", "TraceFile"), ("coverage-report", "CoverageReport"), ("shared-root", "SharedRootDir"),
        ("sidecar-release-enforcement-policy", "SidecarReleaseEnforcementPolicy"),
    ]
    private static let choices: [(String, String, [String])] = [
        ("file-access", "FileAccess", ["exclusive", "shared"]),
        ("file-access-mounts", "FileAccessMounts", ["exclusive", "shared"]),
        ("host-uds", "HostUDS", ["none", "open", "create", "all"]),
        ("host-fifo", "HostFifo", ["none", "open"]), ("qdisc", "QDisc", ["none", "fifo", "tbf"]),
        (
            "character-device-policy", "CharacterDevicePolicy",
            ["emulated-only", "prefer-emulated", "passthrough"]
        ),
        ("restore-spec-validation", "RestoreSpecValidation", ["ignore", "warning", "enforce"]),
    ]
}

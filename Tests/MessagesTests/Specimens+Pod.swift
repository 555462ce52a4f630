import Messages

extension Specimen {
    static let pod: [Specimen] = [
        Specimen(
            PodSandboxConfig(
                metadata: metadata, hostname: "hostname é", logDirectory: "log_directory é", dnsConfig: dns,
                annotations: ["b": "é", "a": "1"], linux: linux)),
        Specimen(metadata), Specimen(dns), Specimen(linux),
        Specimen(LinuxSandboxSecurityContext(namespaceOptions: namespaces)),
        Specimen(namespaces), Specimen(UserNamespace(mode: .target)), Specimen(resources),
    ]

    private static let metadata = PodSandboxMetadata(
        name: "name é", uid: "uid é", namespace: "namespace é", attempt: .max - 3)

    private static let dns = DNSConfig(
        servers: ["servers é", "", "b"], searches: ["searches é", "", "b"], options: ["options é", "", "b"])

    private static let linux = LinuxPodSandboxConfig(
        cgroupParent: "cgroup_parent é",
        securityContext: LinuxSandboxSecurityContext(namespaceOptions: namespaces),
        sysctls: ["b": "é", "a": "1"], overhead: resources, resources: resources)

    private static let namespaces = NamespaceOption(
        network: .target, pid: .target, ipc: .target, usernsOptions: UserNamespace(mode: .target))

    private static let resources = LinuxContainerResources(
        cpuPeriod: -(1 << 40) - 1, cpuQuota: -(1 << 40) - 2, cpuShares: -(1 << 40) - 3,
        memoryLimitInBytes: -(1 << 40) - 4)
}

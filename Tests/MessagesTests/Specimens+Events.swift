import Messages

extension Specimen {
    static let eventsAndSandbox: [Specimen] = [
        Specimen(
            TaskCreate(
                containerID: "container_id é", bundle: "bundle é", rootfs: [mount, RootfsMount()],
                io: TaskIO(stdin: "stdin é", stdout: "stdout é", stderr: "stderr é", terminal: true),
                checkpoint: "checkpoint é", pid: .max - 5)),
        Specimen(TaskIO(stdin: "stdin é", stdout: "stdout é", stderr: "stderr é", terminal: true)),
        Specimen(TaskStart(containerID: "container_id é", pid: .max - 1)),
        Specimen(
            TaskExit(
                containerID: "container_id é", id: "id é", pid: .max - 2, exitStatus: .max - 3,
                exitedAt: timestamp)),
        Specimen(
            TaskDelete(
                containerID: "container_id é", pid: .max - 1, exitStatus: .max - 2, exitedAt: timestamp,
                id: "id é")),
        Specimen(TaskOOM(containerID: "container_id é")),
        Specimen(TaskExecAdded(containerID: "container_id é", execID: "exec_id é")),
        Specimen(TaskExecStarted(containerID: "container_id é", execID: "exec_id é", pid: .max - 2)),
        Specimen(TaskPaused(containerID: "container_id é")),
        Specimen(TaskResumed(containerID: "container_id é")),
        Specimen(TaskCheckpointed(containerID: "container_id é", checkpoint: "checkpoint é")),
        Specimen(
            ForwardRequest(
                envelope: Envelope(
                    timestamp: timestamp, namespace: "namespace é", topic: "topic é", event: anyValue))),
        Specimen(
            Envelope(timestamp: timestamp, namespace: "namespace é", topic: "topic é", event: anyValue)),
        Specimen(
            RuntimeOptions(
                typeURL: "type_url é", configPath: "config_path é",
                configBody: [0, 0xff] + Array("config_body".utf8))),
        Specimen(
            RuncOptions(
                noPivotRoot: true, noNewKeyring: true, shimCgroup: "shim_cgroup é", ioUID: .max - 3,
                ioGID: .max - 4, binaryName: "binary_name é", root: "root é", criuPath: "criu_path é",
                systemdCgroup: true, criuImagePath: "criu_image_path é",
                criuWorkPath: "criu_work_path é", taskAPIAddress: "task_api_address é",
                taskAPIVersion: .max - 12)),
        Specimen(
            RuncCheckpointOptions(
                exit: true, openTCP: true, externalUnixSockets: true, terminal: true, fileLocks: true,
                emptyNamespaces: ["empty_namespaces é", "", "b"], cgroupsMode: "cgroups_mode é",
                imagePath: "image_path é", workPath: "work_path é", parentPath: "parent_path é")),
        Specimen(RuncProcessDetails(execID: "exec_id é")),
        Specimen(
            BootstrapParams(
                instanceID: "instance_id é", namespace: "namespace é", logLevel: .panic,
                containerdVersion: "containerd_version é",
                containerdTTRPCAddress: "containerd_ttrpc_address é",
                containerdGRPCAddress: "containerd_grpc_address é",
                containerdBinary: "containerd_binary é",
                extensions: [BootstrapExtension(value: anyValue), BootstrapExtension()],
                socketDir: "socket_dir é")),
        Specimen(BootstrapExtension(value: anyValue)),
        Specimen(
            BootstrapResult(
                version: -1, address: "address é", protocol: "protocol é", capabilities: [0, 0, 1],
                metadata: ["b": "é", "a": "1"])),
        Specimen(
            CreateSandboxRequest(
                sandboxID: "sandbox_id é", bundlePath: "bundle_path é", rootfs: [mount, RootfsMount()],
                options: anyValue, netnsPath: "netns_path é", annotations: ["b": "é", "a": "1"])),
        Specimen(CreateSandboxResponse()),
        Specimen(StartSandboxRequest(sandboxID: "sandbox_id é")),
        Specimen(StartSandboxResponse(pid: .max, createdAt: timestamp, spec: anyValue)),
        Specimen(StopSandboxRequest(sandboxID: "sandbox_id é", timeoutSecs: .max - 1)),
        Specimen(StopSandboxResponse()),
        Specimen(WaitSandboxRequest(sandboxID: "sandbox_id é")),
        Specimen(WaitSandboxResponse(exitStatus: .max, exitedAt: timestamp)),
        Specimen(ShutdownSandboxRequest(sandboxID: "sandbox_id é")),
        Specimen(ShutdownSandboxResponse()),
        Specimen(SandboxStatusRequest(sandboxID: "sandbox_id é", verbose: true)),
        Specimen(
            SandboxStatusResponse(
                sandboxID: "sandbox_id é", pid: .max - 1, state: "state é",
                info: ["b": "é", "a": "1"], createdAt: timestamp, exitedAt: timestamp,
                extra: anyValue)),
        Specimen(PlatformRequest(sandboxID: "sandbox_id é")),
        Specimen(
            PlatformResponse(
                platform: Platform(
                    os: "os é", architecture: "architecture é", variant: "variant é",
                    osVersion: "os_version é", osFeatures: ["os_features é", "", "b"]))),
        Specimen(PingRequest(sandboxID: "sandbox_id é")),
        Specimen(PingResponse()),
        Specimen(SandboxMetricsRequest(sandboxID: "sandbox_id é")),
        Specimen(
            SandboxMetricsResponse(metrics: Metric(timestamp: timestamp, id: "id é", data: anyValue))),
    ]
}

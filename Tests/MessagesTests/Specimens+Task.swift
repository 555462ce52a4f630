import Messages

extension Specimen {
    static let task: [Specimen] = [
        Specimen(anyValue),
        Specimen(timestamp),
        Specimen(Empty()),
        Specimen(
            TTRPCRequest(
                service: "service é", method: "method é", payload: [0, 0xff] + Array("payload".utf8),
                timeoutNano: -(1 << 40) - 4,
                metadata: [TTRPCKeyValue(key: "key é", value: "value é"), TTRPCKeyValue()])),
        Specimen(TTRPCKeyValue(key: "key é", value: "value é")),
        Specimen(
            TTRPCResponse(
                status: RPCStatus(code: -1, message: "message é", details: [anyValue, AnyMessage()]),
                payload: [0, 0xff] + Array("payload".utf8))),
        Specimen(RPCStatus(code: -1, message: "message é", details: [anyValue, AnyMessage()])),
        Specimen(mount),
        Specimen(TaskProcessInfo(pid: .max, info: anyValue)),
        Specimen(
            Platform(
                os: "os é", architecture: "architecture é", variant: "variant é",
                osVersion: "os_version é", osFeatures: ["os_features é", "", "b"])),
        Specimen(Metric(timestamp: timestamp, id: "id é", data: anyValue)),
        Specimen(RuntimeVersion(version: "version é", revision: "revision é")),
        Specimen(
            RuntimeInfo(
                name: "name é", version: RuntimeVersion(version: "version é", revision: "revision é"),
                options: anyValue, features: anyValue, annotations: ["b": "é", "a": "1"])),
        Specimen(
            CreateTaskRequest(
                id: "id é", bundle: "bundle é", rootfs: [mount, RootfsMount()], terminal: true,
                stdin: "stdin é", stdout: "stdout é", stderr: "stderr é", checkpoint: "checkpoint é",
                parentCheckpoint: "parent_checkpoint é", options: anyValue)),
        Specimen(CreateTaskResponse(pid: .max)),
        Specimen(StartRequest(id: "id é", execID: "exec_id é")),
        Specimen(StartResponse(pid: .max)),
        Specimen(DeleteRequest(id: "id é", execID: "exec_id é")),
        Specimen(DeleteResponse(pid: .max, exitStatus: .max - 1, exitedAt: timestamp)),
        Specimen(ConnectRequest(id: "id é")),
        Specimen(ConnectResponse(shimPid: .max, taskPid: .max - 1, version: "version é")),
        Specimen(ShutdownRequest(id: "id é", now: true)),
        Specimen(
            ExecProcessRequest(
                id: "id é", execID: "exec_id é", terminal: true, stdin: "stdin é", stdout: "stdout é",
                stderr: "stderr é", spec: anyValue)),
        Specimen(StateRequest(id: "id é", execID: "exec_id é")),
        Specimen(
            StateResponse(
                id: "id é", bundle: "bundle é", pid: .max - 2, status: .pausing, stdin: "stdin é",
                stdout: "stdout é", stderr: "stderr é", terminal: true, exitStatus: .max - 8,
                exitedAt: timestamp, execID: "exec_id é")),
        Specimen(WaitRequest(id: "id é", execID: "exec_id é")),
        Specimen(WaitResponse(exitStatus: .max, exitedAt: timestamp)),
        Specimen(KillRequest(id: "id é", execID: "exec_id é", signal: .max - 2, all: true)),
        Specimen(PidsRequest(id: "id é")),
        Specimen(PidsResponse(processes: [TaskProcessInfo(pid: .max, info: anyValue), TaskProcessInfo()])),
        Specimen(ResizePtyRequest(id: "id é", execID: "exec_id é", width: .max - 2, height: .max - 3)),
        Specimen(CloseIORequest(id: "id é", execID: "exec_id é", stdin: true)),
        Specimen(PauseRequest(id: "id é")),
        Specimen(ResumeRequest(id: "id é")),
        Specimen(CheckpointTaskRequest(id: "id é", path: "path é", options: anyValue)),
        Specimen(
            UpdateTaskRequest(id: "id é", resources: anyValue, annotations: ["b": "é", "a": "1"])),
        Specimen(StatsRequest(id: "id é")),
        Specimen(StatsResponse(stats: anyValue)),
    ]
}

let anyValue = AnyMessage(typeURL: "type_url é", value: [0, 0xff] + Array("value".utf8))
let timestamp = Timestamp(seconds: -(1 << 40) - 1, nanos: -2)
let mount = RootfsMount(
    type: "type é", source: "source é", target: "target é", options: ["options é", "", "b"])

package import OCI

/// What a state file says about the sandbox; every container of a sandbox carries the same.
package struct SandboxRecord: Sendable, Equatable {
    /// That of the root container.
    package var id: String
    /// The pod's name, where Kubernetes made it; else empty.
    package var podName: String
    /// The pod's namespace in Kubernetes, else empty.
    package var namespace: String
    /// The Sentry's process, 0 when it is gone.
    package var pid: Int32
    /// Whom the Sentry runs as, in the host's numbers.
    package var uid: UInt32
    /// The group of the same.
    package var gid: UInt32
    /// Where the Sentry and its gofers are.
    package var cgroup: CgroupRecord
    /// The Sentry's score for the kernel's choice of whom to kill (proc(5)) as it started, before containers changed it.
    package var originalOOMScoreAdj: Int32
    /// The file of the control socket; empty where it is an abstract name.
    package var controlSocketPath: String
    /// What stock's metrics are labelled with.
    package var metricMetadata: [String: String]
    /// When the Sentry started, RFC 3339.
    package var startTime: String
    /// What is known about the sandbox's volumes; `nil` keeps what the file has.
    package var mountHints: JSONValue?

    /// The record of a sandbox that has just been started.
    package init(
        id: String, pid: Int32, uid: UInt32, gid: UInt32, cgroup: CgroupRecord = .none, podName: String = "",
        namespace: String = "", originalOOMScoreAdj: Int32 = 0, controlSocketPath: String = "",
        metricMetadata: [String: String] = [:], startTime: String, mountHints: JSONValue? = nil
    ) {
        self.mountHints = mountHints
        self.id = id
        self.podName = podName
        self.namespace = namespace
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.cgroup = cgroup
        self.originalOOMScoreAdj = originalOOMScoreAdj
        self.controlSocketPath = controlSocketPath
        self.metricMetadata = metricMetadata
        self.startTime = startTime
    }

    init(reading reader: ObjectReader) throws(SpecError) {
        id = try reader.string("id")
        podName = try reader.string("podName")
        namespace = try reader.string("namespace")
        pid = try reader.integer("pid")
        uid = try reader.integer("uid")
        gid = try reader.integer("gid")
        cgroup = CgroupRecord(json: reader.value("cgroup"))
        originalOOMScoreAdj = try reader.integer("originalOomScoreAdj")
        controlSocketPath = try reader.string("controlSocketPath")
        metricMetadata = try reader.stringMap("metricMetadata")
        startTime = try reader.string("startTime")
    }

    /// Writes the fields that a form has into the sandbox object of a state file; others there stay.
    func write(to json: inout JSONValue, form: StateFileForm) {
        json["id"] = .string(id)
        json["pid"] = JSONValue(pid)
        json["uid"] = JSONValue(uid)
        json["gid"] = JSONValue(gid)
        json["cgroup"] = cgroup.json
        json["originalOomScoreAdj"] = JSONValue(originalOOMScoreAdj)
        guard form == .r24 else { return }
        json["podName"] = .string(podName)
        json["namespace"] = .string(namespace)
        json["metricMetadata"] = JSONValue(metricMetadata)
        json["controlSocketPath"] = .string(controlSocketPath)
        json["startTime"] = .string(startTime)
        if json["registeredMetrics"] == nil { json["registeredMetrics"] = .null }
        if json["metricServerAddress"] == nil { json["metricServerAddress"] = "" }
        // The stock destroy follows this without a look whether it is there.
        if let mountHints { json["mountHints"] = mountHints }
        if json["mountHints"]?.isNull ?? true { json["mountHints"] = ["mounts": [:]] }
    }
}

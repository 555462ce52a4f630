import Foundation
import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// A directory for one test, removed with it.
final class StateFixture: Sendable {
    let root = "/tmp/oci-state-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func directory(_ form: StateFileForm = .r24, lockLimit: Duration = .seconds(5)) -> StateDirectory {
        StateDirectory(root: root, form: form, lockLimit: lockLimit)
    }

    func record(_ id: String, sandbox: String? = nil, status: State.Status = .stopped, pid: Int32 = 0)
        -> ContainerRecord
    {
        ContainerRecord(
            id: id,
            spec: [
                "ociVersion": "1.0.2", "process": ["args": ["true"], "cwd": "/"], "root": ["path": "/r"],
            ],
            bundle: "/b", createdAt: RFC3339.text(nanoseconds: 1_795_212_075_687_893_759), owner: "root",
            status: status, goferPID: pid,
            sandbox: SandboxRecord(
                id: sandbox ?? id, pid: pid, uid: 65534, gid: 65534,
                cgroup: .v1(name: "/oci-none", parents: [:], own: []), podName: "p", namespace: "n",
                controlSocketPath: "\(root)/runsc-\(sandbox ?? id).sock",
                startTime: RFC3339.text(nanoseconds: 0)),
            goferMountConfs: [
                GoferMountConf(lower: .lisafs, upper: .self), GoferMountConf(lower: .lisafs, upper: .none),
            ])
    }
}

@Suite("State files")
struct StateFileTests {
    private let fixture = StateFixture()

    private func id(_ container: String, _ sandbox: String) throws -> StateFileID {
        try StateFileID(container: container, sandbox: sandbox)
    }

    @Test func timesAreTextAsGoWritesIt() {
        #expect(RFC3339.text(nanoseconds: 0) == "1970-01-01T00:00:00Z")
        #expect(RFC3339.text(nanoseconds: 1_795_212_075_687_893_759) == "2026-11-20T22:01:15.687893759Z")
        #expect(RFC3339.text(nanoseconds: 951_827_696_500_000_000) == "2000-02-29T12:34:56.5Z")
        #expect(RFC3339.text(nanoseconds: 4_107_542_399_000_000_001) == "2100-02-28T23:59:59.000000001Z")
        #expect(RFC3339.text(nanoseconds: 4_107_542_400_000_000_000) == "2100-03-01T00:00:00Z")
    }

    @Test func namesOfFiles() throws {
        let id = try id("c.1_x", "s")
        #expect(id.stateName == "c.1_x_sandbox:s.state" && id.lockName == "c.1_x_sandbox:s.lock")
        #expect(StateFileID(fileName: id.stateName) == id)
        #expect(StateFileID(fileName: "a_sandbox_sandbox:s.state")?.container.text == "a_sandbox")
        for name in [
            "c_sandbox:s.lock", "c_sandbox:s.state.tmp", "_sandbox:s.state", "c_sandbox:.state", "c.state",
            "c_sandbox:a_sandbox:s.state", "c_sandbox:...state",
        ] {
            #expect(StateFileID(fileName: name) == nil, "\(name)")
        }
    }

    @Test func aStateIsSavedAsStockHasIt() async throws {
        for form in StateFileForm.allCases {
            let fixture = StateFixture()
            try await fixture.directory(form).create(fixture.record("c1", sandbox: "s1"))
            let path = fixture.root + "/c1_sandbox:s1.state"
            #expect(try FileStatus(fixture.root).permissions == 0o711)
            #expect(try FileStatus(path).permissions == 0o640)
            #expect(try FileStatus(fixture.root + "/c1_sandbox:s1.lock").permissions == 0o600)
            let json = try JSONValue.parse(File.read(path))
            let common: Set = [
                "id", "spec", "bundleDir", "createdAt", "owner", "consoleSocket", "status", "goferPid",
                "sandbox",
                "compatCgroup", "saver",
            ]
            let sandbox: Set = ["id", "pid", "uid", "gid", "cgroup", "originalOomScoreAdj"]
            let more: Set = [
                "podName", "namespace", "registeredMetrics", "metricMetadata", "metricServerAddress",
                "controlSocketPath", "mountHints", "startTime",
            ]
            let keys = Set(try #require(json.object).keys)
            #expect(keys == (form == .r22 ? common : common.union(["goferMountConfs"])))
            let sandboxKeys = Set(try #require(json["sandbox"]?.object).keys)
            #expect(sandboxKeys == (form == .r22 ? sandbox : sandbox.union(more)))
            #expect(
                json["saver"] == [
                    "rootDir": .string(fixture.root), "id": ["sandboxId": "s1", "containerId": "c1"],
                ])
            #expect(json["compatCgroup"] == ["cgroupunknown": nil])
            if form == .r24 {
                #expect(json["goferMountConfs"] == [["upper": 2, "lower": 1], ["upper": 0, "lower": 1]])
                #expect(json[["sandbox", "mountHints"]] == ["mounts": [:]])
            }
        }
    }

    @Test func createdOnce() async throws {
        let states = fixture.directory()
        try await states.create(fixture.record("c"))
        let error = await #expect(throws: RuntimeError.self) { try await states.create(fixture.record("c")) }
        #expect(error?.kind == .alreadyExists)
        let bad = await #expect(throws: RuntimeError.self) { try await states.create(fixture.record("../x")) }
        #expect(bad?.kind == .invalid)
    }

    @Test func loadGivesWhatWasSaved() async throws {
        let states = fixture.directory()
        let record = fixture.record("c", sandbox: "s", status: .running, pid: 5)
        try await states.create(record)
        let loaded = try await states.load(id("c", "s"))
        #expect(loaded.json(root: "/", form: .r24) == record.json(root: "/", form: .r24))
        #expect(loaded.status == .running && loaded.sandbox == record.sandbox)
        #expect(loaded.goferMountConfs == record.goferMountConfs && loaded.spec == record.spec)
    }

    @Test func whatANewerReleaseAddedSurvives() async throws {
        let states = fixture.directory()
        try await states.create(fixture.record("c"))
        let path = fixture.root + "/c_sandbox:c.state"
        var json = try JSONValue.parse(File.read(path))
        json["checkpointed"] = true
        json[["sandbox", "mountHints"]] = ["mounts": ["v": ["share": 1]]]
        json[["sandbox", "newField"]] = [1, 2]
        try File.writeAtomically(json.serialised(), to: path, mode: 0o640)
        let changed = try await states.update(id("c", "c")) { $0.status = .paused }
        #expect(changed.status == .paused)
        let after = try JSONValue.parse(File.read(path))
        json["status"] = "paused"
        #expect(after == json)
    }

    @Test func aDamagedFileIsNamed() async throws {
        let states = fixture.directory()
        try await states.create(fixture.record("c"))
        let path = fixture.root + "/c_sandbox:c.state"
        for bad in ["", "{", "[]", #"{"id":"c","status":"dancing"}"#, #"{"id":1}"#] {
            try File.writeAtomically(Array(bad.utf8), to: path, mode: 0o640)
            let error = await #expect(throws: SpecError.self) { try await states.load(id("c", "c")) }
            #expect(error?.description.hasPrefix("c_sandbox:c.state") == true)
        }
    }

    @Test func allContainersOfASandboxAreChanged() async throws {
        let states = fixture.directory()
        for name in ["s", "a", "b"] { try await states.create(fixture.record(name, sandbox: "s")) }
        try await states.create(fixture.record("other"))
        #expect(try states.list().map(\.description) == ["s/a", "s/b", "other/other", "s/s"])
        try await states.updateSandbox(try ContainerID("s")) { $0.pid = 77 }
        for file in try states.list() {
            #expect(try await states.load(file).sandbox.pid == (file.sandbox.text == "s" ? 77 : 0))
        }
    }

    @Test func removalLeavesNothing() async throws {
        let states = fixture.directory()
        #expect(try states.list().isEmpty)
        try await states.remove(id("c", "c"))
        try await states.create(fixture.record("c"))
        try await states.remove(id("c", "c"))
        #expect(try Directory.list(fixture.root).isEmpty)
        let error = await #expect(throws: RuntimeError.self) { try await states.load(id("c", "c")) }
        #expect(error?.kind == .notFound)
        await #expect(throws: RuntimeError.self) { try await states.update(id("c", "c")) { _ in } }
        #expect(try Directory.list(fixture.root).isEmpty)
        try await states.create(fixture.record("c"))
    }

    @Test func changesExcludeEachOther() async throws {
        let states = fixture.directory(.r24, lockLimit: .seconds(60))
        try await states.create(fixture.record("c"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { try await states.update(self.id("c", "c")) { $0.goferPID += 1 } }
            }
            try await group.waitForAll()
        }
        #expect(try await states.load(id("c", "c")).goferPID == 50)
    }

    @Test func aHeldLockIsWaitedForAndGivenUp() async throws {
        let states = fixture.directory(.r24, lockLimit: .milliseconds(20))
        try await states.create(fixture.record("c"))
        let lock = try #require(try FileLock.tryAcquire(fixture.root + "/c_sandbox:c.lock"))
        await #expect(throws: DeadlineExceeded.self) { try await states.load(id("c", "c")) }
        let patient = fixture.directory(.r24, lockLimit: .seconds(60))
        async let loaded = patient.load(id("c", "c"))
        lock.release()
        #expect(try await loaded.id == "c")
    }

    @Test func aLockThatLostItsNameIsNoLock() async throws {
        try Directory.make(fixture.root, mode: 0o711)
        let path = fixture.root + "/x.lock"
        let old = try #require(try FileLock.tryAcquire(path))
        #expect(try FileLock.tryAcquire(path) == nil)
        try File.remove(path)
        let new = try #require(try FileLock.tryAcquire(path))
        old.release()
        #expect(try FileLock.tryAcquire(path) == nil)
        new.release()
        #expect(try FileLock.tryAcquire(path) != nil)
    }
}

@Suite("State files and the stock runsc", .timeLimit(.minutes(2)))
struct StockStateFileTests {
    static let releases: [(String, StateFileForm)] = RunscRelease.underTest.map {
        ($0.program, $0 == .r22 ? .r22 : .r24)
    }

    private func run(_ binary: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Foundation.Process()
        let output = Foundation.Pipe()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Each release reads its own form, and the older one also the newer form.
    @Test(arguments: releases)
    func stockReadsOurs(binary: String, form: StateFileForm) async throws {
        for form in form == .r22 ? StateFileForm.allCases : [form] {
            let fixture = StateFixture()
            let states = fixture.directory(form)
            // A process that has just ended: its number is not in use again so soon.
            let gone = Foundation.Process()
            gone.executableURL = URL(fileURLWithPath: "/bin/true")
            try gone.run()
            gone.waitUntilExit()
            try await states.create(
                fixture.record("oci-root", status: .running, pid: gone.processIdentifier))
            try await states.create(
                fixture.record("oci-sub", sandbox: "oci-root", status: .created, pid: gone.processIdentifier))

            let list = try run(binary, ["--root", fixture.root, "list"])
            #expect(list.status == 0, "\(list.output)")
            let rows = list.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            for name in ["oci-root", "oci-sub"] {
                let row = try #require(rows.first { $0.first == name }, "\(list.output)")
                #expect(row.contains("stopped") && row.contains("/b") && row.last == "root", "\(row)")
                #expect(row.contains { $0.hasPrefix("2026-11-20T22:01:15.687893759") }, "\(row)")
            }
            let state = try run(binary, ["--root", fixture.root, "state", "oci-sub"])
            #expect(state.status == 0, "\(state.output)")
            let json = try JSONValue.parse(Array(state.output.utf8))
            #expect(json["id"] == "oci-sub" && json["status"] == "stopped" && json["bundle"] == "/b")
        }
    }

    /// An operator cleans up by hand what a shim left; with it go our files and the cgroup.
    @Test(arguments: releases)
    func stockDeletesOurs(binary: String, form: StateFileForm) async throws {
        let fixture = StateFixture()
        var record = fixture.record("oci-del")
        // Without an overlay file in the root, which stock would insist on removing.
        record.goferMountConfs = [GoferMountConf(lower: .lisafs, upper: .none)]
        let name = "/oci-stock-\(UUID().uuidString)"
        let host = try CgroupHost.current()
        let cgroup = Kernel.effectiveUID == 0 ? try host.create(path: name, resources: nil) : nil
        if let cgroup { record.sandbox.cgroup = cgroup.record }
        try await fixture.directory(form).create(record)
        let delete = try run(binary, ["--root", fixture.root, "delete", "--force", "oci-del"])
        #expect(delete.status == 0, "\(delete.output)")
        #expect(try fixture.directory(form).list().isEmpty)
        #expect(!host.v1.values.contains { File.exists($0.mountpoint + name) })
        try await cgroup?.remove()
    }
}

import OCI
import Testing

@Suite("Spec document")
struct SpecDocumentTests {
    private func document() throws(SpecError) -> SpecDocument {
        try SpecDocument(parsing: [UInt8](SpecTests.full.utf8))
    }

    /// The view must never differ from what a reader of the written document sees.
    private func expectConsistent(_ document: SpecDocument) throws {
        let again = try SpecDocument(parsing: document.serialised())
        #expect(again == document)
    }

    @Test func pathsBecomeAbsoluteAndTheRestIsKept() throws {
        var document = try document()
        document.makePathsAbsolute(bundle: "/b/")
        #expect(document.spec.root?.path == "/b/rootfs")
        #expect(document.spec.mounts.map(\.source) == ["proc", "/b/data"])
        #expect(document.raw[["unknown", "kept"]] == [1, .double(2.5)])
        #expect(document.raw["mounts"]?[1]?["newField"] == 7)
        #expect(document.raw[["process", "extra"]] == "x")
        try expectConsistent(document)
        let once = document
        document.makePathsAbsolute(bundle: "/other")
        #expect(document == once)
    }

    @Test func aRootPathIsSet() throws {
        var document = try document()
        document.setRootPath("/elsewhere")
        #expect(document.spec.root == Spec.Root(path: "/elsewhere", readonly: true))
        try expectConsistent(document)
        var bare = try SpecDocument(raw: [:])
        bare.setRootPath("/r")
        try expectConsistent(bare)
    }

    @Test func theCgroupsPathIsOnlyDefaulted() throws {
        var document = try document()
        try document.defaultCgroupsPath("/c1")
        #expect(document.spec.linux?.cgroupsPath == "/k8s/c")
        try document.edit { $0[["linux", "cgroupsPath"]] = "" }
        try document.defaultCgroupsPath("/c1")
        #expect(document.spec.linux?.cgroupsPath == "/c1")
        var bare = try SpecDocument(raw: [:])
        try bare.defaultCgroupsPath("/c2")
        #expect(bare.spec.linux?.cgroupsPath == "/c2")
        try expectConsistent(bare)
    }

    @Test func aUserNamespaceIsAddedOnce() throws {
        var document = try document()
        let mapping = Spec.IDMapping(containerID: 0, hostID: 0, size: .max)
        #expect(try document.addUserNamespace(uidMappings: [mapping], gidMappings: [mapping]))
        #expect(document.spec.linux?.namespaces.map(\.type) == ["pid", "network", "uts", "user"])
        #expect(document.spec.linux?.uidMappings == [mapping])
        #expect(try document.addUserNamespace(uidMappings: [], gidMappings: []) == false)
        #expect(document.spec.linux?.gidMappings == [mapping])
        try expectConsistent(document)
    }

    @Test func mountsAreReplacedOrLeftAlone() throws {
        var document = try document()
        let before = document
        #expect(throws: SpecError.self) { try document.replaceMounts(["destination": "/"]) }
        #expect(document == before)
        try document.replaceMounts([["destination": "/x", "type": "bind", "source": "/y", "unknown": 1]])
        #expect(document.spec.mounts.map(\.destination) == ["/x"])
        #expect(document.raw["mounts"]?[0]?["unknown"] == 1)
        try document.replaceMounts(nil)
        #expect(document.spec.mounts.isEmpty)
    }

    @Test func annotationsAreSetAndRemoved() throws {
        var document = try document()
        document.setAnnotation("k", "v")
        document.setAnnotation("a", nil)
        #expect(document.spec.annotations == ["k": "v"])
        try expectConsistent(document)
    }
}

@Suite("Mounts of a pod")
struct PodMountTests {
    private let mounts = [
        Spec.Mount(destination: "/etc/hosts", type: "bind", source: "/b/hosts", options: ["rbind", "rw"]),
        Spec.Mount(destination: "/dev/shm", type: "bind", source: "/b/shm", options: ["rbind"]),
    ]

    private func sources(_ text: String) throws -> [String] {
        var document = try SpecDocument(parsing: Array(text.utf8))
        try document.addPodMounts(mounts)
        return document.spec.mounts.map { "\($0.destination) \($0.source)" }
    }

    @Test func theyAreAddedWhereThereIsNone() throws {
        #expect(try sources("{}") == ["/etc/hosts /b/hosts", "/dev/shm /b/shm"])
    }

    @Test func aMemoryFileSystemGivesWayInItsPlace() throws {
        let text =
            #"{"mounts":[{"destination":"/dev/shm","type":"tmpfs","source":"shm"},{"destination":"/x"}]}"#
        #expect(try sources(text) == ["/dev/shm /b/shm", "/x ", "/etc/hosts /b/hosts"])
    }

    @Test func filesOfAReadOnlyRootAreReadOnly() throws {
        var document = try SpecDocument(parsing: Array(#"{"root":{"path":"r","readonly":true}}"#.utf8))
        try document.addPodMounts(mounts)
        #expect(document.spec.mounts.map(\.options) == [["rbind", "ro"], ["rbind"]])
    }

    @Test func aContainersOwnStay() throws {
        let text = """
            {"mounts":[{"destination":"/dev/shm","type":"bind","source":"/dev/shm","options":["rbind"]},\
            {"destination":"/etc/hosts","type":"bind","source":"/kubelet/hosts"}]}
            """
        #expect(try sources(text) == ["/dev/shm /dev/shm", "/etc/hosts /kubelet/hosts"])
    }
}

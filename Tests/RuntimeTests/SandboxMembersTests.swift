import OCI
import Testing

@testable import Runtime

@Suite("Containers of a sandbox")
struct SandboxMembersTests {
    private let members = SandboxMembers()

    private func join(_ id: String, _ json: String) throws {
        members.join(id, try SpecDocument(parsing: Array(json.utf8)).spec)
    }

    private func resources(_ json: String) throws -> Spec.LinuxResources {
        try Spec.LinuxResources.parse(Array(json.utf8))
    }

    @Test func aNamedLimitBecomesTheSum() throws {
        try join("pause", #"{"annotations":{"io.kubernetes.cri.container-type":"sandbox"}}"#)
        try join("a", #"{"linux":{"resources":{"memory":{"limit":100},"cpu":{"shares":512}}}}"#)
        try join(
            "b", #"{"linux":{"resources":{"memory":{"limit":50},"cpu":{"quota":20000,"period":50000}}}}"#)
        let sum = members.update("a", try resources(#"{"memory":{"limit":200},"cpu":{"shares":1024}}"#))
        #expect(sum.memory?.limit == 250)
        #expect(sum.cpu?.shares == 1026)
        #expect(sum.cpu?.quota == nil && sum.pids == nil)
        #expect(members.resources(of: "a")?.memory?.limit == 200)
        let quotas = members.update("a", try resources(#"{"cpu":{"quota":10000,"period":100000}}"#))
        #expect(quotas.cpu?.quota == 50000 && quotas.cpu?.period == 100_000)
        #expect(quotas.memory == nil)
    }

    @Test func oneWithoutALimitLeavesTheSandboxs() throws {
        try join("a", #"{"linux":{"resources":{"memory":{"limit":100}}}}"#)
        try join("b", "{}")
        let sum = members.update("a", try resources(#"{"memory":{"limit":200},"cpu":{"cpus":"0"}}"#))
        #expect(sum.memory == nil)
        #expect(sum.cpu?.cpus.isEmpty == true)
        members.leave("b")
        #expect(members.update("a", try resources(#"{"memory":{"limit":300}}"#)).memory?.limit == 300)
    }

    @Test func theSumOfAllIsKnownWhileEachHasALimit() throws {
        try join("pause", #"{"annotations":{"io.kubernetes.cri.container-type":"sandbox"}}"#)
        #expect(members.memoryLimit == nil)
        try join("a", #"{"linux":{"resources":{"memory":{"limit":100}}}}"#)
        try join("b", #"{"linux":{"resources":{"memory":{"limit":50}}}}"#)
        #expect(members.memoryLimit == 150)
        try join("c", "{}")
        #expect(members.memoryLimit == nil)
        members.leave("c")
        _ = members.update("b", try resources(#"{"memory":{"limit":-1}}"#))
        #expect(members.memoryLimit == nil)
    }

    @Test func whatHasEndedDoesNotCountButIsThere() throws {
        try join("a", #"{"process":{"oomScoreAdj":5},"linux":{"resources":{"memory":{"limit":100}}}}"#)
        try join("b", #"{"process":{"oomScoreAdj":1}}"#)
        #expect(members.memoryLimit == nil && members.oomScore == 1)
        members.end("b")
        #expect(members.memoryLimit == 100 && members.oomScore == 5)
        #expect(members.count == 2)
    }

    @Test func processorsAreJoined() throws {
        try join("a", "{}")
        try join("b", #"{"linux":{"resources":{"cpu":{"cpus":"2-3"}}}}"#)
        #expect(members.update("a", try resources(#"{"cpu":{"cpus":"0"}}"#)).cpu?.cpus == "0,2-3")
    }

    @Test func theLowestScoreCountsButAPlaceholdersDoesNot() throws {
        #expect(members.oomScore == nil)
        try join(
            "pause",
            #"{"annotations":{"io.kubernetes.cri.container-type":"sandbox"},"process":{"oomScoreAdj":-998}}"#)
        #expect(members.oomScore == nil)
        try join("a", #"{"process":{"oomScoreAdj":900}}"#)
        try join("b", #"{"process":{"oomScoreAdj":500}}"#)
        #expect(members.oomScore == 500)
        members.leave("b")
        #expect(members.oomScore == 900)
    }

    @Test func aKillIsToldOnceUnlessItWasTheEndOfAll() {
        let kills = OOMKills(before: 2)
        #expect(!kills.isNews(2, sandboxEnded: false))
        #expect(kills.isNews(3, sandboxEnded: false))
        #expect(!kills.isNews(3, sandboxEnded: false))
        #expect(kills.isNews(4, sandboxEnded: true) && kills.isNews(4, sandboxEnded: true))
    }
}

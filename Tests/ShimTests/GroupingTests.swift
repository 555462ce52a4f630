import Shim
import Testing

@Suite("Grouping")
struct GroupingTests {
    @Test(arguments: [
        (#"{"annotations":{"io.kubernetes.cri.sandbox-id":"pod"}}"#, "pod"),
        (#"{"annotations":{"io.kubernetes.cri-o.SandboxID":"pod"}}"#, "pod"),
        (
            #"{"annotations":{"io.kubernetes.cri.sandbox-id":"pod","io.containerd.runc.v2.group":"mine"}}"#,
            "mine"
        ),
        (#"{"annotations":{"io.kubernetes.cri.sandbox-id":""}}"#, "own"),
        (#"{"annotations":null}"#, "own"), (#"{}"#, "own"),
    ])
    func annotationsNameTheGroup(_ config: String, _ group: String) throws {
        let bundle = Scratch()
        try bundle.file("config.json", config)
        #expect(try Grouping.group(of: "own", bundle: bundle.path) == group)
    }

    @Test func aBundleWithoutConfigurationStandsAlone() throws {
        #expect(try Grouping.group(of: "own", bundle: Scratch().path) == "own")
    }

    @Test func aMalformedConfigurationIsNamed() throws {
        let bundle = Scratch()
        try bundle.file("config.json", "{")
        do {
            _ = try Grouping.group(of: "own", bundle: bundle.path)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains("\(bundle.path)/config.json"))
        }
    }
}

import Shim
import Testing

@Suite("Command line")
struct ArgumentsTests {
    @Test func containerdsOwnFormIsRead() throws {
        let words = [
            "-namespace", "k8s.io", "-address", "/run/containerd/containerd.sock", "-publish-binary",
            "/usr/bin/containerd", "-id", "abc", "-debug", "start",
        ]
        var expected = Arguments()
        expected.namespace = "k8s.io"
        expected.address = "/run/containerd/containerd.sock"
        expected.publishBinary = "/usr/bin/containerd"
        expected.id = "abc"
        expected.debug = true
        expected.action = .start
        #expect(try Arguments(parsing: words) == expected)
    }

    @Test(arguments: [
        ["-namespace", "n", "-id", "i", "-bundle", "/b", "delete"],
        ["--namespace", "n", "--id", "i", "--bundle", "/b", "delete"],
        ["-namespace=n", "--id=i", "-bundle=/b", "--", "delete"],
    ])
    func allSpellingsOfAFlag(_ words: [String]) throws {
        let arguments = try Arguments(parsing: words)
        #expect(arguments.namespace == "n" && arguments.id == "i" && arguments.bundle == "/b")
        #expect(arguments.action == .delete)
    }

    @Test func aValueMayHaveAnEqualsSignOrBeEmpty() throws {
        #expect(try Arguments(parsing: ["-namespace", "n", "-address=a=b"]).address == "a=b")
        #expect(try Arguments(parsing: ["-namespace", "n", "-address="]).address == "")
    }

    @Test(arguments: [("-debug=false", false), ("-debug=0", false), ("--debug=T", true), ("-debug", true)])
    func switches(_ word: String, _ value: Bool) throws {
        #expect(try Arguments(parsing: ["-namespace", "n", word]).debug == value)
    }

    @Test func withoutAnActionItServes() throws {
        #expect(try Arguments(parsing: ["-namespace", "n"]).action == .serve)
    }

    @Test func versionAndInfoNeedNothingElse() throws {
        #expect(try Arguments(parsing: ["-v"]).showVersion)
        #expect(try Arguments(parsing: ["-info"]).showInfo)
    }

    @Test(arguments: [
        (["-bogus"], "flag -bogus is not known"),
        (["-namespace"], "flag -namespace needs an argument"),
        (["-debug=maybe"], "flag -debug: \"maybe\" is neither true nor false"),
        (["---namespace", "n"], "bad flag syntax: ---namespace"),
        (["-=n"], "bad flag syntax: -=n"),
        (["start"], "flag -namespace is missing: the shim belongs to a namespace"),
        (["-namespace", "n", "start"], "flag -id is missing: the container's id"),
        (["-namespace", "n", "stop"], "unknown action \"stop\": start, delete or none expected"),
        (["-namespace", "n", "-id", "i", "start", "-v"], "unexpected argument \"-v\" after the action"),
    ])
    func mistakesAreNamed(_ words: [String], _ message: String) {
        #expect(throws: ArgumentError.self) { try Arguments(parsing: words) }
        do { _ = try Arguments(parsing: words) } catch { #expect(error.description == message) }
    }
}

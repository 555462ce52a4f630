import Sys
import Testing

@testable import Shim

@Suite("Log")
struct LogTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
        (1_704_067_199_123_456_789, "2023-12-31T23:59:59.123456789Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
    ])
    func times(_ nanoseconds: Int64, _ text: String) {
        #expect(LogLine.format(nanoseconds) == text)
    }

    @Test(arguments: [
        ("plain/path-1.2_x@y^z+", "plain/path-1.2_x@y^z+"), ("", "\"\""), ("two words", "\"two words\""),
        ("a\"b\\c\nd\u{1}", "\"a\\\"b\\\\c\\nd\\x01\""),
    ])
    func quoting(_ text: String, _ quoted: String) {
        #expect(LogLine.quote(text) == quoted)
    }

    @Test func linesHaveContainerdsForm() throws {
        let pipe = try Pipe()
        let log = Log(to: pipe.write, debug: false).with("id", "x y")
        log.debug("not this")
        log.warning("look out")
        pipe.write.close()
        let text = String(decoding: try read(pipe), as: UTF8.self)
        #expect(text.hasPrefix("time=\"20"))
        #expect(text.hasSuffix("Z\" level=warning msg=\"look out\" id=\"x y\"\n"))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test func aFullPipeLosesWholeLinesAndSaysHowMany() throws {
        let pipe = try Pipe()
        try pipe.write.setNonblocking(true)
        let log = Log(to: pipe.write, debug: true)
        for i in 0..<2000 { log.debug("line number \(i) of a log that nobody reads for now") }
        let before = String(decoding: try readSome(pipe), as: UTF8.self)
        log.info("again")
        pipe.write.close()
        let text = before + String(decoding: try read(pipe), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("time=\"") })
        #expect(lines.count < 2000)
        let last = try #require(lines.last)
        #expect(last.hasSuffix(" lost=\(2001 - lines.count)"))
    }

    @Test func longLinesAreCutToWhatAPipeTakesWhole() {
        let line = LogLine(time: 0, level: .info, message: String(repeating: "m ", count: 5000), fields: [])
        #expect(line.bytes.count == 4096)
        #expect(line.bytes.suffix(5) == Array("...\"\n".utf8))
    }

    private func readSome(_ pipe: Pipe) throws -> [UInt8] { try File.readAvailable(pipe.read, 32 << 10) }

    private func read(_ pipe: Pipe) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try File.readAvailable(pipe.read, 64 << 10)
            if more.isEmpty { return bytes }
            bytes += more
        }
    }
}

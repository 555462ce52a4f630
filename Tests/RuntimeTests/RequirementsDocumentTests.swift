import Foundation
import Testing

@Suite("Documents that name tests")
struct RequirementsDocumentTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardized

    @Test(
        "the tests that they name exist",
        arguments: [("requirements", "# What must hold"), ("reliability", "## What users have met")])
    func proofsExist(_ name: String, _ heading: String) throws {
        let text = try String(
            contentsOf: Self.package.appending(path: "docs/\(name).md"), encoding: .utf8)
        let begin = try #require(text.range(of: heading)).upperBound
        let level = heading.prefix { $0 == "#" }
        let end = text.range(of: "\n\(level) ", range: begin..<text.endIndex)?.lowerBound ?? text.endIndex
        let document = text[begin..<end]
        var sources: [String: String] = [:]
        let tests = Self.package.appending(path: "Tests")
        for case let file as URL in try #require(
            FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
        where file.pathExtension == "swift" {
            sources[file.deletingPathExtension().lastPathComponent] = try String(
                contentsOf: file, encoding: .utf8)
        }
        var proofs = 0
        for line in document.split(separator: "\n")
        where line.hasPrefix("| ") && !line.hasPrefix("| behaviour") && !line.hasPrefix("| what happened") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let cell = try #require(cells.last)
            for proof in cell.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
                let parts = proof.split(separator: "/").map(String.init)
                try #require(parts.count == 2, "\(line)")
                #expect(sources[parts[0]]?.contains("func \(parts[1])(") == true, "no test \(proof)")
                proofs += 1
            }
        }
        #expect(proofs > 30)
    }
}

import Foundation
import Runtime
import Testing

@testable import Proc

@Suite("docs/lifecycle.md")
struct LifecycleDocumentTests {
    /// The cells of every table row of the document, by the heading of its first column.
    private func rows(under heading: String) throws -> [[String]] {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/lifecycle.md")
        var rows: [[String]] = []
        var inside = false
        for line in try String(contentsOf: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if !line.hasPrefix("|") {
                inside = false
            } else if cells.first == heading {
                inside = true
            } else if inside, cells.first?.hasPrefix("-") == false {
                rows.append(cells)
            }
        }
        return rows
    }

    @Test("the document has the table of the code")
    func transitions() throws {
        let documented = try rows(under: "phase").map { Array($0.prefix(3)) }
        let coded = Phase.table.map { [$0.from.rawValue, $0.event.rawValue, $0.to.rawValue] }
        #expect(documented == coded)
    }

    @Test("the document has the code's answer to each request in each phase")
    func requests() throws {
        let documented = try rows(under: "request")
        let coded = Verb.allCases.map { verb in
            [verb.rawValue]
                + Phase.allCases.map { phase in
                    do throws(ProcessError) {
                        try phase.check(verb, .container)
                        return "yes"
                    } catch {
                        return error.kind == .notFound ? "not found" : "refused"
                    }
                }
        }
        #expect(documented == coded)
    }
}

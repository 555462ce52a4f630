import Foundation
import Messages
import Testing

@Suite("Messages against another implementation")
struct GoldenTests {
    @Test(arguments: Specimen.all)
    func goldenBytesDecodeToTheValue(_ specimen: Specimen) throws {
        #expect(try specimen.decodesToSelf(specimen.golden()))
    }

    @Test(arguments: Specimen.all)
    func valueEncodesToTheGoldenBytes(_ specimen: Specimen) throws {
        #expect(try specimen.encoded() == specimen.golden())
    }

    @Test(arguments: Specimen.all)
    func noBytesAreTheEmptyMessage(_ specimen: Specimen) throws {
        #expect(try specimen.reencode([]).isEmpty)
        #expect(try specimen.decodesToSelf([]) == specimen.golden().isEmpty)
    }

    @Test func everyMessageOfTheInputsHasASpecimen() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Specimen.goldenDirectory.path)
        let golden = Set(files.filter { $0.hasSuffix(".bin") }.map { String($0.dropLast(4)) })
        #expect(golden == Set(Specimen.all.map(\.name)))
        #expect(golden.count == Specimen.all.count)
    }
}

import Sys
import Testing

@Suite("Code of the program")
struct MemoryTests {
    @Test("what is trimmed comes back when it is needed")
    func trimming() {
        let code = ProgramCode()
        code.trim()
        // Code, constants and relocated data are all in use here.
        #expect("\(Errno.noEntry)" == "no such file or directory")
        #expect((1...100).map(String.init).joined().count == 192)
        code.mapInSmallPieces()
        code.trim()
        #expect([3, 1, 2].sorted() == [1, 2, 3])
    }
}

import Sys
import Testing

@Suite("Memory of the program")
struct MemoryTests {
    @Test("what is trimmed comes back when it is needed")
    func trimming() {
        Memory.trimProgram()
        // Code, constants and relocated data are all in use here.
        #expect("\(Errno.noEntry)" == "no such file or directory")
        #expect((1...100).map(String.init).joined().count == 192)
        Memory.trimProgram()
        #expect([3, 1, 2].sorted() == [1, 2, 3])
    }
}

import Sys
import Testing

@Suite("Files")
struct FileTests {
    @Test("a new file is measured as a program, and not mapped any longer")
    func measured() throws {
        let file = try File.inMemory("to-be-measured", [])
        #expect(File.measure(file))
        #expect(try !File.readText("/proc/self/maps").contains("to-be-measured"))
        // What cannot be mapped is passed over.
        #expect(try !File.measure(Pipe().read))
    }
}

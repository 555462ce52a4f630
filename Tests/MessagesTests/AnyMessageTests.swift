import Messages
import Testing

@Suite("Any")
struct AnyMessageTests {
    private let exit = TaskExit(containerID: "c", id: "e", pid: 7, exitStatus: 137)

    @Test func packsUnderTheBareName() throws {
        let packed = AnyMessage(packing: exit)
        #expect(packed.typeURL == "containerd.events.TaskExit")
        #expect(try packed.unpack() == exit)
    }

    @Test func unpacksUnderAPrefixedName() throws {
        let packed = AnyMessage(
            typeURL: "type.googleapis.com/containerd.events.TaskExit", value: exit.encoded())
        #expect(packed.holds(TaskExit.self))
        #expect(try packed.unpack(as: TaskExit.self) == exit)
    }

    @Test(arguments: ["containerd.events.TaskStart", "xcontainerd.events.TaskExit", ""])
    func refusesAnotherType(_ url: String) {
        #expect(throws: MessageError(message: TaskExit.fullName, reason: .otherType(url: url))) {
            try AnyMessage(typeURL: url, value: exit.encoded()).unpack(as: TaskExit.self)
        }
    }

    @Test func namesOCIDocumentsAsContainerdDoes() {
        #expect(TypeURL.process == "types.containerd.io/opencontainers/runtime-spec/1/Process")
        #expect(TypeURL.features == "types.containerd.io/opencontainers/runtime-spec/1/features/Features")
    }
}

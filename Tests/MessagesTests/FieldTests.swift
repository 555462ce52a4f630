import Messages
import Testing

@Suite("Fields")
struct FieldTests {
    @Test func textThatIsNotUTF8IsRefusedByName() {
        #expect(
            throws: MessageError(
                message: "containerd.task.v2.StartRequest", reason: .notUTF8(field: "exec_id"))
        ) {
            try StartRequest(decoding: [0x0a, 0x01, 0x61, 0x12, 0x02, 0xc3, 0x28])
        }
    }

    @Test func textWithANULIsRefusedByName() {
        for text: [UInt8] in [[0x61, 0x00, 0x62], [0x00, 0x61], [0x00]] {
            #expect(
                throws: MessageError(
                    message: "containerd.task.v2.StartRequest", reason: .containsNUL(field: "id"))
            ) {
                try StartRequest(decoding: [0x0a, UInt8(text.count)] + text)
            }
        }
    }

    @Test func badTextInsideIsNamedByTheInnerMessage() {
        // Create, rootfs 3: a mount whose second option, field 4, is bad.
        let mount: [UInt8] = [0x0a, 0x01, 0x61, 0x22, 0x01, 0x62, 0x22, 0x01, 0xff]
        #expect(
            throws: MessageError(
                message: "containerd.types.Mount", reason: .notUTF8(field: "options"))
        ) {
            try CreateTaskRequest(decoding: [0x1a, UInt8(mount.count)] + mount)
        }
    }

    @Test func badTextAfterAMessageIsNamedByTheOuterMessage() {
        // State: exited_at 10, then exec_id 11.
        #expect(
            throws: MessageError(
                message: "containerd.task.v2.StateResponse", reason: .notUTF8(field: "exec_id"))
        ) {
            try StateResponse(decoding: [0x52, 0x02, 0x08, 0x01, 0x5a, 0x01, 0xff])
        }
    }

    @Test func badTextInAMapIsRefused() {
        let entry: [UInt8] = [0x0a, 0x01, 0x6b, 0x12, 0x01, 0xff]
        #expect(
            throws: MessageError(
                message: "containerd.task.v2.UpdateTaskRequest", reason: .notUTF8(field: "annotations"))
        ) {
            try UpdateTaskRequest(decoding: [0x1a, UInt8(entry.count)] + entry)
        }
    }

    @Test func lastMapEntryOfAKeyWins() throws {
        let entries: [UInt8] = [
            0x1a, 0x06, 0x0a, 0x01, 0x6b, 0x12, 0x01, 0x31, 0x1a, 0x06, 0x0a, 0x01, 0x6b, 0x12, 0x01, 0x32,
        ]
        #expect(try UpdateTaskRequest(decoding: entries).annotations == ["k": "2"])
    }

    @Test func emptyMapKeysAndValuesSurvive() throws {
        let request = UpdateTaskRequest(annotations: ["": "v", "k": "", "a": "b"])
        #expect(try UpdateTaskRequest(decoding: request.encoded()) == request)
        // Most implementations write an entry's empty key and value too.
        #expect(try UpdateTaskRequest(decoding: [0x1a, 4, 0x0a, 0, 0x12, 0]).annotations == ["": ""])
    }

    @Test func unknownFieldsAreDropped() throws {
        // Field 100 as a number, field 101 as bytes, then id.
        let bytes: [UInt8] = [0xa0, 0x06, 0x07, 0xaa, 0x06, 0x01, 0x00, 0x0a, 0x01, 0x61]
        #expect(try StartRequest(decoding: bytes) == StartRequest(id: "a"))
    }

    @Test func repeatedNumbersMayBePackedOrNot() throws {
        // Go's older generators wrote them one by one.
        #expect(try CgroupV1.CPUUsage(decoding: [0x20, 0x01, 0x20, 0x02]).perCPU == [1, 2])
        #expect(try CgroupV1.CPUUsage(decoding: [0x22, 0x02, 0x01, 0x02]).perCPU == [1, 2])
    }

    @Test func enumsAreOpen() throws {
        #expect(try StateResponse(decoding: [0x20, 0x63]).status == .unknown)
        let params = try BootstrapParams(decoding: [0x18, 0x02])
        #expect(params.logLevel == LogLevel(rawValue: 2))
        #expect(LogLevel.info < params.logLevel && params.logLevel < .warn)
        #expect(try BootstrapParams(decoding: BootstrapParams(logLevel: .trace).encoded()).logLevel == .trace)
    }

    @Test func anEmptyMessageIsNotAnAbsentOne() throws {
        let response = WaitResponse(exitStatus: 1, exitedAt: Timestamp())
        #expect(response.encoded() == [0x08, 0x01, 0x12, 0x00])
        #expect(try WaitResponse(decoding: response.encoded()) == response)
        #expect(response != WaitResponse(exitStatus: 1))
    }

    @Test func encodedTextEndsBeforeANUL() throws {
        #expect(StartRequest(id: "a\0b").encoded() == StartRequest(id: "a").encoded())
    }
}

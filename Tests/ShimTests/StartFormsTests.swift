import Messages
import Testing

@testable import Shim

@Suite("What start reads and prints")
struct StartFormsTests {
    private let address = SocketAddress(containerd: "/c.sock", namespace: "n", group: "i", directory: "/s")
    private let runc = AnyMessage(packing: RuncOptions(shimCgroup: "/shims", binaryName: "runsc-x"))

    private func input(_ bytes: [UInt8]) throws -> StartInput {
        try StartInput(bytes, id: "i", namespace: "n")
    }

    private func parameters(id: String = "i") -> BootstrapParams {
        BootstrapParams(
            instanceID: id, namespace: "n", containerdVersion: "2.3.0",
            extensions: [
                BootstrapExtension(value: AnyMessage(typeURL: "other", value: [1])),
                BootstrapExtension(value: runc),
            ])
    }

    @Test func nothingMeansNoOptions() throws {
        #expect(try input([]) == .options(nil))
        #expect(try Options(input([]).runtimeOptions) == Options())
    }

    @Test func optionsAreRead() throws {
        #expect(try input(runc.encoded()) == .options(runc))
    }

    @Test func parametersAreKnownByIDAndNamespace() throws {
        #expect(try input(parameters().encoded()) == .bootstrap(parameters()))
        #expect(try input(parameters().encoded()).runtimeOptions == runc)
        // Decodes as parameters as well, but is not for us.
        #expect(
            try input(AnyMessage(typeURL: "x", value: Array("n".utf8)).encoded()).runtimeOptions?.typeURL
                == "x")
    }

    @Test func garbageIsRefused() {
        #expect(throws: MessageError.self) { try input([0xff, 0xff, 0xff]) }
    }

    @Test func containerd16GetsTheAddressAlone() throws {
        let answer = StartAnswer(.options(nil), maximumVersion: nil)
        #expect(answer == .plain)
        #expect(try String(decoding: answer.encoded(address), as: UTF8.self) == address.description)
    }

    @Test func crioGetsTheAddressAlone() throws {
        #expect(StartAnswer(.options(nil), maximumVersion: "2", hasContainerd: false) == .plain)
    }

    @Test func later1And2GetJSON() throws {
        let answer = StartAnswer(.options(runc), maximumVersion: "2")
        #expect(
            try String(decoding: answer.encoded(address), as: UTF8.self)
                == #"{"address":"\#(address)","protocol":"ttrpc","version":2}"#)
    }

    @Test func aSandboxsShimAnswersWithVersion3() throws {
        let json = try StartAnswer(.options(runc), maximumVersion: "2").encoded(address, sandbox: true)
        #expect(String(decoding: json, as: UTF8.self).contains(#""version":3"#))
        let message = try StartAnswer(.bootstrap(parameters()), maximumVersion: "2")
            .encoded(address, sandbox: true)
        #expect(try BootstrapResult(decoding: message).version == 3)
    }

    @Test func parametersGetAMessage() throws {
        let answer = StartAnswer(.bootstrap(parameters()), maximumVersion: "2")
        let result = try BootstrapResult(decoding: answer.encoded(address))
        #expect(result == BootstrapResult(version: 2, address: address.description, protocol: "ttrpc"))
    }

    @Test func runcsOptionsAreUnderstood() throws {
        let options = try Options(runc)
        #expect(options.binaryName == "runsc-x" && options.shimCgroup == "/shims")
    }

    @Test(arguments: ["", RuntimeOptions.fullName, "type.googleapis.com/" + RuntimeOptions.fullName])
    func runtimeOptionsAreUnderstood(_ typeURL: String) throws {
        let value = RuntimeOptions(typeURL: "t", configPath: "/etc/x.toml", configBody: [1, 2])
        let options = try Options(AnyMessage(typeURL: typeURL, value: value.encoded()))
        #expect(options.configPath == "/etc/x.toml" && options.configBody == [1, 2])
    }

    @Test func unknownOptionsAreNamed() {
        do {
            _ = try Options(AnyMessage(typeURL: "some.Other", value: [1]))
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains("some.Other"))
        }
    }

    @Test func infoEchoesTheOptions() throws {
        let info = try RuntimeInfo(decoding: Info.answer(to: runc.encoded()))
        #expect(info.name == "io.containerd.runsc.v1" && info.options == runc)
        #expect(info.features?.typeURL == TypeURL.features)
        let features = String(decoding: info.features?.value ?? [], as: UTF8.self)
        #expect(features.contains("\"nosuid\""))
        #expect(try RuntimeInfo(decoding: Info.answer(to: [])).options == nil)
    }
}

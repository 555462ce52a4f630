import Messages
import OCI
import Sys
import TOML

@testable import Runtime
@testable import Shim
@testable import TTRPC

/// The parsers that are fuzzed, by name; the corpus of each is a directory of that name.
///
/// Each takes any bytes. Beside not crashing it must keep what is said at it.
enum FuzzTarget {
    static let all: [String: @Sendable ([UInt8]) -> Void] = [
        "frames": frames, "messages": messages, "config": config, "toml": toml, "answer": answer,
        "state": state, "mountinfo": mountinfo, "lists": lists, "netlink": netlink, "help": help,
        "dbus": dbus,
    ]

    /// ttRPC frames: however the stream is cut, the same come out.
    private static let frames: @Sendable ([UInt8]) -> Void = { bytes in
        let cut = Int(bytes.first ?? 1) % 16 + 1
        var whole: [Frame] = []
        var pieces: [Frame] = []
        read(bytes[...], into: &whole, FrameReader(), by: max(bytes.count, 1))
        read(bytes[...], into: &pieces, FrameReader(), by: cut)
        precondition(whole == pieces)
    }

    private static func read(
        _ bytes: ArraySlice<UInt8>, into frames: inout [Frame], _ reader: FrameReader, by size: Int
    ) {
        var (rest, reader) = (bytes, reader)
        while !rest.isEmpty {
            Array(rest.prefix(size)).withUnsafeBufferPointer { piece in
                var piece = piece
                while let frame = reader.next(from: &piece) { frames.append(frame) }
            }
            rest = rest.dropFirst(size)
        }
    }

    /// Protobuf: the first byte chooses the message; what was taken is written and read again as the same.
    private static let messages: @Sendable ([UInt8]) -> Void = { bytes in
        guard let first = bytes.first else { return }
        decoders[Int(first) % decoders.count](Array(bytes.dropFirst()))
    }

    private static func decoder<M: Message>(_: M.Type) -> @Sendable ([UInt8]) -> Void {
        { bytes in
            guard let message = try? M(decoding: bytes) else { return }
            let written = message.encoded()
            guard let again = try? M(decoding: written) else { preconditionFailure("cannot be read again") }
            precondition(again.encoded() == written)
        }
    }

    private static let decoders: [@Sendable ([UInt8]) -> Void] = [
        decoder(TTRPCRequest.self), decoder(TTRPCResponse.self), decoder(CreateTaskRequest.self),
        decoder(ExecProcessRequest.self), decoder(StartRequest.self), decoder(KillRequest.self),
        decoder(UpdateTaskRequest.self), decoder(CheckpointTaskRequest.self), decoder(ResizePtyRequest.self),
        decoder(RuntimeOptions.self), decoder(AnyMessage.self), decoder(BootstrapParams.self),
        decoder(CgroupV1.Metrics.self), decoder(CgroupV2.Metrics.self), decoder(ForwardRequest.self),
    ]

    private static let config: @Sendable ([UInt8]) -> Void = { bytes in
        guard let document = try? SpecDocument(parsing: bytes) else { return }
        _ = try? document.spec.validate()
        guard let resources = document.spec.linux?.resources else { return }
        _ = CgroupSetting.v1(resources)
        _ = try? CgroupSetting.v2(resources)
    }

    private static let toml: @Sendable ([UInt8]) -> Void = { bytes in
        var configuration = ShimConfiguration()
        _ = try? configuration.read(bytes, source: "fuzz")
    }

    /// The sandbox's answers: their end is found however they are cut.
    private static let answer: @Sendable ([UInt8]) -> Void = { bytes in
        var whole = JSONObjectEnd()
        var pieces = JSONObjectEnd()
        precondition(whole.passed(bytes) == bytes.contains { pieces.passed([$0]) })
        _ = try? ControlClient.result("fuzz", bytes)
    }

    /// State files: what was taken is written and read again as the same.
    private static let state: @Sendable ([UInt8]) -> Void = { bytes in
        guard let record = try? ContainerRecord(parsing: bytes, name: "fuzz") else { return }
        for form in [StateFileForm.r22, .r24] {
            let written = record.json(root: "/run/runsc", form: form)
            guard let again = try? ContainerRecord(parsing: written.serialised(), name: "fuzz") else {
                preconditionFailure("cannot be read again")
            }
            precondition(again.json(root: "/run/runsc", form: form) == written)
        }
    }

    private static let mountinfo: @Sendable ([UInt8]) -> Void = { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = CgroupHost(mountInfo: text, selfCgroup: text)
    }

    /// Lists of processors, state files' names, ids, annotations' values.
    private static let lists: @Sendable ([UInt8]) -> Void = { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = CgroupFiles.countOfList(text)
        _ = CgroupFiles.bitsOfList(text)
        _ = StateFileID(fileName: text)
        _ = try? ContainerID(text)
        _ = try? SystemdPath(text)
    }

    private static let netlink: @Sendable ([UInt8]) -> Void = { bytes in
        for message in (try? NetlinkMessage.parse(bytes)) ?? [] {
            _ = try? NetworkLink(body: message.body)
            _ = try? NetworkAddress(body: message.body)
            _ = try? NetworkRoute(body: message.body)
            _ = try? NetworkNeighbour(body: message.body)
        }
    }

    /// Messages of D-Bus: what was taken is written, in our order of bytes, and read again as the same.
    private static let dbus: @Sendable ([UInt8]) -> Void = { bytes in
        guard var message = try? DBusMessage(parsing: bytes) else { return }
        var reader = message.reader
        _ = try? reader.uint32()
        while (try? reader.string()) != nil {}
        guard message.kind != nil else { return }
        message.isBigEndian = false
        guard let again = try? DBusMessage(parsing: message.encoded()) else {
            preconditionFailure("cannot be read again")
        }
        precondition(again == message)
    }

    private static let help: @Sendable ([UInt8]) -> Void = { bytes in
        let text = "runsc version x\nspec: 1.1.0\n" + String(decoding: bytes, as: UTF8.self)
        _ = try? Contract(version: text, helpBoot: text, helpGofer: text, flags: text)
    }
}

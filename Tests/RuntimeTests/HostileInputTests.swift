import Foundation
import OCI
import Sys
import Testing

@testable import Runtime

/// What the runtime reads that others wrote: bundles, the sandbox's answers, state files, the kernel's tables, the
/// binary's help.
private struct Reader: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Good input, to be damaged.
    let seeds: [[UInt8]]
    /// Returns whether it was taken for good.
    let read: @Sendable ([UInt8]) -> Bool

    static let all: [Reader] = [
        Reader(testDescription: "config.json", seeds: [Array(config.utf8)]) { bytes in
            guard let document = try? SpecDocument(parsing: bytes) else { return false }
            return (try? document.spec.validate()) != nil
        },
        Reader(
            testDescription: "answer of the sandbox",
            seeds: [
                Array(
                    #"{"success":true,"err":"","result":[{"pid":1,"ppid":0,"uid":0,"cmd":"sh\u0041"}]}"#.utf8)
            ]
        ) { (try? JSONValue.parse($0, limits: JSONLimits(maximumBytes: 1 << 16, maximumDepth: 64))) != nil },
        Reader(testDescription: "state file", seeds: [Array(state.utf8)]) {
            (try? ContainerRecord(parsing: $0, name: "x.state")) != nil
        },
        Reader(testDescription: "netlink", seeds: netlink) { bytes in
            guard let messages = try? NetlinkMessage.parse(bytes) else { return false }
            for message in messages {
                _ = try? NetworkLink(body: message.body)
                _ = try? NetworkAddress(body: message.body)
                _ = try? NetworkRoute(body: message.body)
                _ = try? NetworkNeighbour(body: message.body)
            }
            return true
        },
        Reader(testDescription: "D-Bus", seeds: golden("systemd-start").map { [$0] } ?? []) { bytes in
            guard let message = try? DBusMessage(parsing: bytes) else { return false }
            var reader = message.reader
            return (try? reader.string()) != nil
        },
        Reader(testDescription: "mountinfo and cgroup", seeds: [Array(mountInfo.utf8)]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = CgroupHost(mountInfo: text, selfCgroup: text)
            return true
        },
        Reader(testDescription: "help of the binary", seeds: [help]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            return (try? Contract(version: text, helpBoot: text, helpGofer: text, flags: text)) != nil
        },
    ]

    private static let config = """
        {"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/","env":["A=b"],"user":{"uid":0,"gid":0},
        "capabilities":{"bounding":["CAP_CHOWN"]},"rlimits":[{"type":"RLIMIT_NOFILE","hard":9,"soft":9}]},
        "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["ro"]}],
        "linux":{"namespaces":[{"type":"pid"}],"resources":{"memory":{"limit":1},"cpu":{"quota":-1,"shares":2}}}}
        """
    private static let state = """
        {"id":"a","spec":{},"bundleDir":"/b","createdAt":"2024-01-01T00:00:00Z","owner":"","status":"running",
        "goferPid":3,"sandbox":{"id":"a","pid":2,"uid":0,"gid":0}}
        """
    private static let mountInfo = """
        35 25 0:30 / /sys/fs/cgroup/memory\\040x rw - cgroup cgroup rw,memory
        36 25 0:31 /x /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw
        4:cpu,cpuacct:/a
        0::/x/y

        """
    private static let netlink = ["link", "address", "route", "neighbour"].compactMap {
        golden("netlink-\($0)")
    }
    private static func golden(_ name: String) -> [UInt8]? {
        guard let url = Bundle.module.url(forResource: "Golden/\(name)", withExtension: "hex"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return nil }
        var digits = text.filter(\.isHexDigit)[...]
        var bytes: [UInt8] = []
        while digits.count >= 2 {
            bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
    private static let help: [UInt8] = {
        guard let url = Bundle.module.url(forResource: "Golden/r24-help-boot", withExtension: "txt"),
            let data = try? Data(contentsOf: url)
        else { return [] }
        return Array("runsc version x\nspec: 1\n".utf8) + Array(data.prefix(600))
    }()
}

/// Input that only a broken or hostile peer gives is refused, or taken for something harmless; it never traps.
///
/// The damage is the same in every run.
@Suite("Hostile input of the runtime")
struct RuntimeHostileInputTests {
    @Test("damaged in a few bytes", arguments: Reader.all)
    private func damaged(_ reader: Reader) throws {
        try #require(!reader.seeds.isEmpty && reader.seeds.allSatisfy { !$0.isEmpty })
        var random = Generator(state: 7)
        let interesting: [UInt8] = [0, 1, 0x7f, 0x80, 0xff] + Array("{}[]\",:\\-9e".utf8)
        for seed in reader.seeds {
            for _ in 0..<3000 {
                var bytes = seed
                for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                    let place = bytes.indices.randomElement(using: &random) ?? 0
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = interesting.randomElement(using: &random) ?? 0
                    case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                    case 2: bytes.remove(at: place)
                    default: bytes.insert(contentsOf: bytes[place...].prefix(24), at: place)
                    }
                }
                _ = reader.read(bytes)
            }
        }
    }

    @Test("cut anywhere", arguments: Reader.all)
    private func cut(_ reader: Reader) {
        for seed in reader.seeds {
            for length in seed.indices { _ = reader.read(Array(seed[..<length])) }
        }
    }

    @Test(
        "lists of processors that no kernel writes",
        arguments: ["0-9223372036854775807", "0-1048576", "3-", "--"])
    func processors(_ list: String) {
        #expect(CgroupFiles.countOfList(list) == nil)
    }

    @Test("nested without end, and as long as can be")
    func excess() throws {
        for text in [String(repeating: "[", count: 200_000), String(repeating: "{\"a\":", count: 100_000)] {
            #expect(throws: SpecError.self) { try SpecDocument(parsing: Array(text.utf8)) }
            #expect(throws: SpecError.self) { try ContainerRecord(parsing: Array(text.utf8), name: "x") }
        }
    }
}

/// Random numbers that are the same in every run (SplitMix64).
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

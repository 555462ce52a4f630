import Foundation
import Testing

@testable import Runtime

@Suite("D-Bus messages")
struct DBusTests {
    /// What libsystemd wrote for `busctl call … StartTransientUnit` with the same arguments.
    private static func golden() throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Golden/systemd-start", withExtension: "hex"))
        var digits = try String(contentsOf: url, encoding: .utf8).filter(\.isHexDigit)[...]
        var bytes: [UInt8] = []
        while let byte = UInt8(digits.prefix(2), radix: 16) {
            bytes.append(byte)
            digits = digits.dropFirst(2)
        }
        // busctl lets the peer ask a person for permission; nobody sits beside a shim.
        bytes[2] = 0
        return bytes
    }

    private static func start() -> DBusMessage {
        var message = DBusMessage(.call, serial: 2)
        message.destination = "org.freedesktop.systemd1"
        message.path = "/org/freedesktop/systemd1"
        message.interface = "org.freedesktop.systemd1.Manager"
        message.member = "StartTransientUnit"
        message.signature = "ssa(sv)a(sa(sv))"
        var body = DBusWriter()
        body.string("cri-abc.scope")
        body.string("replace")
        let properties = [
            UnitProperty("Description", .string("gVisor sandbox é")),
            UnitProperty("Delegate", .boolean(true)),
            UnitProperty("PIDs", .uint32s([7, .max])), UnitProperty("MemoryMax", .uint64(64 << 20)),
            UnitProperty("AllowedCPUs", .bytes([5, 1])), UnitProperty("CPUWeight", .uint64(100)),
        ]
        properties.write(to: &body)
        body.array(alignment: 8) { _ in }
        message.body = body.bytes
        return message
    }

    @Test func aCallIsWrittenAsLibsystemdWritesIt() throws {
        #expect(Self.start().encoded() == (try Self.golden()))
    }

    @Test func aMessageIsReadAsItWasWritten() throws {
        let bytes = try Self.golden()
        #expect(try DBusMessage.length(bytes) == bytes.count)
        #expect(try DBusMessage(parsing: bytes) == Self.start())
        var reader = try DBusMessage(parsing: bytes).reader
        #expect(try reader.string() == "cri-abc.scope" && reader.string() == "replace")
    }

    @Test func theOtherOrderOfBytesIsReadToo() throws {
        // Two fields: the member "X", and the signature of one number.
        let whole: [UInt8] =
            [0x42, 4, 1, 1, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 23] + [3, 1, 0x73, 0, 0, 0, 0, 1, 0x58, 0]
            + [0, 0, 0, 0, 0, 0] + [8, 1, 0x67, 0, 1, 0x75, 0] + [0] + [0, 0, 1, 2]
        let message = try DBusMessage(parsing: whole)
        #expect(message.member == "X" && message.serial == 9 && message.kind == .signal)
        var reader = message.reader
        #expect(try reader.uint32() == 258)
    }

    @Test func whatEndsTooEarlyIsRefused() throws {
        let bytes = try Self.golden()
        for count in 0..<bytes.count {
            #expect(throws: DBusError.self) { try DBusMessage(parsing: Array(bytes.prefix(count))) }
        }
    }

    @Test func hostileLengthsAreRefusedAtOnce() throws {
        for place in [4, 12] {
            var bytes = try Self.golden()
            for value in [UInt32.max, 1 << 20, 1 << 31] {
                withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
                #expect(throws: DBusError.self) { try DBusMessage.length(bytes) }
            }
        }
    }

    @Test func limitsBecomeProperties() throws {
        let settings = [
            CgroupSetting("memory", "memory.max", value: "1048576"),
            CgroupSetting("memory", "memory.swap.max", value: "max"),
            CgroupSetting("cpu", "cpu.weight", value: "79"), CgroupSetting("pids", "pids.max", value: "9"),
            CgroupSetting("cpu", "cpu.max", value: "25001 50000"),
            CgroupSetting("cpuset", "cpuset.cpus", value: "0-1,9"),
            CgroupSetting("io", "io.weight", value: "8:0 50"),
            CgroupSetting("io", "io.weight", value: "default 500"),
            CgroupSetting("hugetlb", "hugetlb.2MB.max", value: "0"),
        ]
        #expect(
            [UnitProperty].limits(settings) == [
                UnitProperty("MemoryMax", .uint64(1_048_576)), UnitProperty("MemorySwapMax", .uint64(.max)),
                UnitProperty("CPUWeight", .uint64(79)), UnitProperty("TasksMax", .uint64(9)),
                UnitProperty("IOWeight", .uint64(500)),
                UnitProperty("CPUQuotaPerSecUSec", .uint64(510_000)),
                UnitProperty("CPUQuotaPeriodUSec", .uint64(50_000)),
                UnitProperty("AllowedCPUs", .bytes([3, 2])),
            ])
        let older = [
            CgroupSetting("cpu", "cpu.cfs_quota_us", value: "-1"),
            CgroupSetting("memory", "memory.limit_in_bytes", value: "4096"),
        ]
        #expect(
            [UnitProperty].limits(older) == [
                UnitProperty("MemoryLimit", .uint64(4096)), UnitProperty("CPUQuotaPerSecUSec", .uint64(.max)),
            ])
        #expect([UnitProperty].limits([]) == [])
    }

    @Test(arguments: ["", "a", "3-1", "1-2-3", "0-9999999999"])
    func whatIsNoListHasNoBits(_ list: String) { #expect(CgroupFiles.bitsOfList(list) == nil) }
}

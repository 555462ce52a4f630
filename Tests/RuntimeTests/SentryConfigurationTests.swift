import Foundation
import OCI
import Testing

@testable import Runtime

/// The configuration that goes with a subcontainer, beside what each release's own command line sent for the same
/// flags: no network, no cgroups.
@Suite("Configuration of a subcontainer")
struct SentryConfigurationTests {
    /// Fields that only the command line itself reads, or that tests of gVisor's own set.
    private static let unread: Set<String> = [
        "ControlRPCStopTimeout", "MetricServer", "HostSettings", "ProfileGCInterval", "DisableSeccomp",
        "BufferPooling",
    ]

    private func captured(_ release: String) throws -> [String: JSONValue] {
        let url = try #require(
            Bundle.module.url(
                forResource: "\(release)-configuration", withExtension: "json", subdirectory: "Golden"))
        return try #require(try JSONValue.parse([UInt8](Data(contentsOf: url))).object)
    }

    private func ours(_ release: String, _ flags: [String: String] = [:]) throws -> [String: JSONValue] {
        let contract = try GoldenContract.load(release)
        let configuration = RuntimeConfiguration(
            binary: "/runsc", root: "/root",
            flags: ["network": "none", "ignore-cgroups": "true"].merging(flags) { $1 })
        let overlay = try OverlaySetting(configuration.value("overlay2", contract), contract)
        return try #require(
            configuration.sentryConfiguration(for: contract, network: .loopback, overlay: overlay).object)
    }

    @Test(arguments: ["r22", "r24", "head"])
    func isWhatTheReleaseItselfSends(_ release: String) throws {
        let (theirs, ours) = (try captured(release), try ours(release))
        for (field, value) in theirs {
            if Self.unread.contains(field) || field.hasPrefix("TestOnly") { continue }
            // What is missing is zero to the one who reads it.
            let isZero = value == false || value == "" || value == 0
            #expect(ours[field] == value || ours[field] == nil && isZero, "\(field)")
        }
    }

    @Test func flagsOfTheNewestReleaseArrive() throws {
        let ours = try ours(
            "head",
            [
                "character-device-policy": "passthrough", "qdisc": "tbf", "qdisc-tbf-rate": "1000",
                "mount-cgroup-v2": "true", "allow-packet-socket-write": "true", "watchdog-action": "panic",
            ])
        #expect(ours["CharacterDevicePolicy"] == 2)
        #expect(ours["QDisc"] == 2 && ours["TBFRate"] == 1000)
        #expect(ours["MountCgroupV2"] == true && ours["AllowPacketEndpointWrite"] == true)
        #expect(ours["WatchdogAction"] == "panic")
    }
}

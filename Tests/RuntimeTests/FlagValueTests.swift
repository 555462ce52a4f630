import Runtime
import Testing

@Suite("Flag values")
struct FlagValueTests {
    @Test(arguments: [
        ("debug", "1", "true"), ("debug", "T", "true"), ("debug", "False", "false"), ("debug", "0", "false"),
        ("net-raw", "TRUE", "true"),
        ("panic-signal", "-1", "-1"), ("panic-signal", "+12", "12"), ("panic-signal", "0x1F", "31"),
        ("panic-signal", "0", "0"), ("panic-signal", "010", "8"),
        ("strace-log-size", "18446744073709551615", "18446744073709551615"),
        ("profile-gc-interval", "1h2.5m300ms", "1h2.5m300ms"), ("profile-gc-interval", "0", "0"),
        ("profile-gc-interval", "5µs", "5µs"),
        ("platform", "", ""), ("overlay2", "all:dir=/tmp", "all:dir=/tmp"),
    ])
    func good(_ flag: String, _ value: String, _ canonical: String) throws {
        #expect(try GoldenContract.load("head").checked(value, of: flag) == canonical)
    }

    @Test(arguments: [
        ("debug", "yes", "true or false"), ("debug", "", "true or false"), ("net-raw", "on", "true or false"),
        ("panic-signal", "12.5", "a whole number"), ("panic-signal", "", "a whole number"),
        ("panic-signal", "--1", "a whole number"), ("panic-signal", "0x", "a whole number"),
        ("panic-signal", "9223372036854775808", "a whole number"),
        ("strace-log-size", "-1", "a whole number, not negative"),
        ("strace-log-size", "1k", "a whole number, not negative"),
        ("profile-gc-interval", "15", "a duration like 1.5s or 100ms"),
        ("profile-gc-interval", "s", "a duration like 1.5s or 100ms"),
        ("profile-gc-interval", "1.2.3s", "a duration like 1.5s or 100ms"),
        ("platform", "kvm\0", "text without NUL"),
    ])
    func bad(_ flag: String, _ value: String, _ expected: String) throws {
        let contract = try GoldenContract.load("head")
        let error = #expect(throws: RuntimeError.self) { try contract.checked(value, of: flag) }
        #expect(error?.kind == .invalid)
        #expect(error?.message == "flag \"\(flag)\": expected \(expected), not \"\(value)\"")
    }

    @Test func everyDefaultOfEveryReleaseIsGood() throws {
        for release in ["r22", "r24", "head"] {
            let contract = try GoldenContract.load(release)
            for (name, flag) in contract.globalFlags {
                guard let value = flag.defaultValue, !name.hasSuffix("-fd") else { continue }
                #expect(try contract.checked(value, of: name) == value, "\(release) --\(name)")
            }
        }
    }

    @Test func aFlagThatTheReleaseDoesNotHaveIsRefusedByName() throws {
        let contract = try GoldenContract.load("r22")
        let error = #expect(throws: RuntimeError.self) { try contract.checked("true", of: "directfs") }
        #expect(error?.kind == .unsupported)
        #expect(error?.message == "flag \"directfs\" is not supported by runsc 0.0~20221219.0")
    }

    @Test(arguments: ["help", "h", "version", "log-fd", "debug-log-fd", "panic-log-fd", "coverage-fd"])
    func whatIsNoConfigurationIsRefused(_ name: String) throws {
        var contract = try GoldenContract.load("r24")
        contract.globalFlags[name] = Contract.GlobalFlag(type: "int", defaultValue: nil)
        let error = #expect(throws: RuntimeError.self) { try contract.checked("1", of: name) }
        #expect(error?.message == "flag \"\(name)\" cannot be configured")
    }
}

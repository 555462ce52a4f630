import CTestSupport
import Glibc
import Runtime
import Sys
import TestSupport

@testable import Shim

/// Fails system calls of one program, also of its children until they execute another.
final class ErrorInjector: Sendable {
    /// What a call does, and so whom it hurts when it fails.
    struct Kinds: OptionSet, Sendable {
        let rawValue: UInt32
        /// Makes or changes a file, or opens one to do so.
        static let writes = Kinds(rawValue: 1)
        static let mounts = Kinds(rawValue: 2)
        static let reads = Kinds(rawValue: 4)
        static let removals = Kinds(rawValue: 8)
        static let closeRange = Kinds(rawValue: 16)
        static let mountSetattr = Kinds(rawValue: 32)
        static let execveat = Kinds(rawValue: 64)
    }

    // Behind a lock of its own.
    nonisolated(unsafe) private let injector: OpaquePointer
    private let socket: String

    /// - Parameters:
    ///   - socket: A path for the injector's own use.
    ///   - program: The one whose calls fail.
    init(socket: String, program: String) throws {
        guard let injector = ts_injector_start(socket, program) else {
            throw SysError("inject errors into", program, .current)
        }
        self.injector = injector
        self.socket = socket
    }

    /// Whoever was started through it has to have ended.
    deinit { ts_injector_stop(injector) }

    /// What a command line begins with to be run under the injector.
    var wrapper: [String] {
        [Path.split(builtProgram(ShimVersion.program)).directory + "/ErrorInjector", socket]
    }

    /// Lets calls of these kinds fail: the `nth` (from 1), or all from that on.
    func arm(_ kinds: Kinds, _ error: Errno, nth: Int, lasting: Bool = false) {
        ts_injector_arm(
            injector,
            ts_injection(
                kinds: kinds.rawValue, error: error.rawValue, nth: UInt32(nth), lasting: lasting ? 1 : 0,
                victim: 0))
    }

    /// Has a process killed when the `nth` call of these kinds (from 1) is about to be made, by it or by a child; without
    /// one, the process that makes the call.
    func arm(_ kinds: Kinds, killing process: ForeignProcess?, nth: Int) {
        ts_injector_arm(
            injector,
            ts_injection(
                kinds: kinds.rawValue, error: 0, nth: UInt32(nth), lasting: 0, victim: process?.pid ?? -1))
    }

    /// Lets all pass again, and tells the first call that failed, or that somebody was killed at, as "write /a/file"; nil
    /// when so many were not made.
    func disarm() -> String? {
        var failed = [CChar](repeating: 0, count: Int(TS_INJECTED_SIZE))
        _ = ts_injector_disarm(injector, &failed)
        let text = String(decoding: failed.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}

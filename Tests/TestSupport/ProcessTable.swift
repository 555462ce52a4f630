import Foundation
import Glibc

/// One process of the machine, as /proc shows it.
package struct ProcessRecord: Sendable, Hashable, CustomStringConvertible {
    package let pid: Int32
    package let arguments: [String]

    package var description: String { "\(pid): \(arguments.joined(separator: " "))" }

    /// The process with this id, nil when there is none or it has no command line (a zombie, a kernel thread).
    package init?(pid: Int32) {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !bytes.isEmpty else {
            return nil
        }
        self.pid = pid
        arguments = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// All processes.
    package static func all() -> [ProcessRecord] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.sorted().compactMap { ProcessRecord(pid: $0) }
    }

    /// The memory of the process now, nil when it is gone.
    package func memory() -> MemoryUse? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/smaps_rollup") else {
            return nil
        }
        return MemoryUse(smapsRollup: String(decoding: bytes, as: UTF8.self))
    }
}

/// The resident memory of a process in kB, from /proc/PID/smaps_rollup.
package struct MemoryUse: Sendable, CustomStringConvertible {
    package let rss: Int
    /// Pages that the process alone holds and that exist nowhere else: its true price.
    package let privateDirty: Int
    /// Pages of files that only this process maps at the moment; a second shim shares them.
    package let privateClean: Int

    package var description: String {
        "\(rss) kB RSS, \(privateDirty) kB private, \(privateClean) kB of files mapped by no other process"
    }

    init?(smapsRollup text: String) {
        var fields: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3, let value = Int(words[1]) { fields[words[0]] = value }
        }
        guard let rss = fields["Rss:"], let dirty = fields["Private_Dirty:"],
            let clean = fields["Private_Clean:"]
        else { return nil }
        (self.rss, privateDirty, privateClean) = (rss, dirty, clean)
    }
}

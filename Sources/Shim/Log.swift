package import Sys
internal import Synchronization

/// Writes log lines in the text form of containerd's own log: `time="…" level=info msg="…" key=value`.
///
/// A line never blocks and never fails its caller. Into the bundle's fifo, which is open in non-blocking mode, a
/// line goes whole or not at all; the next one that goes through tells how many did not.
package struct Log: Sendable {
    package enum Level: Int, Sendable, Comparable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private let sink: Sink?
    private let minimum: Level
    private let fields: [(key: String, value: String)]

    /// A log that goes to an open file.
    package init(to file: OwnedFD, debug: Bool) {
        self.init(sink: Sink(file), minimum: debug ? .debug : .info, fields: [])
    }

    /// A log that goes nowhere.
    package static let none = Log(sink: nil, minimum: .error, fields: [])

    private init(sink: Sink?, minimum: Level, fields: [(key: String, value: String)]) {
        self.sink = sink
        self.minimum = minimum
        self.fields = fields
    }

    /// The same log, with one more field in each line.
    package func with(_ key: String, _ value: String) -> Log {
        Log(sink: sink, minimum: minimum, fields: fields + [(key, value)])
    }

    package func debug(_ message: @autoclosure () -> String) { write(.debug, message) }
    package func info(_ message: @autoclosure () -> String) { write(.info, message) }
    package func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    package func error(_ message: @autoclosure () -> String) { write(.error, message) }

    private func write(_ level: Level, _ message: () -> String) {
        guard let sink, level >= minimum else { return }
        sink.write(LogLine(time: Kernel.realTime(), level: level, message: message(), fields: fields))
    }
}

/// Where lines go; one writer at a time, so that they do not mix.
private final class Sink: Sendable {
    private let file: OwnedFD
    private let lost = Mutex(0)

    init(_ file: OwnedFD) { self.file = file }

    func write(_ line: LogLine) {
        lost.withLock { lost in
            var line = line
            if lost > 0 { line.fields.append(("lost", "\(lost)")) }
            do throws(SysError) {
                try File.write(line.bytes, to: file)
                lost = 0
            } catch {
                // Full, or nobody reads: there is nowhere to say so now.
                lost += 1
            }
        }
    }
}

/// One line of the log, as logrus formats it.
struct LogLine {
    /// What a pipe takes whole or not at all: PIPE_BUF.
    private static let limit = 4096

    /// Nanoseconds since 1970.
    let time: Int64
    let level: Log.Level
    let message: String
    var fields: [(key: String, value: String)]

    var bytes: [UInt8] {
        var text = "time=\"\(Self.format(time))\" level=\(level) msg=\(Self.quote(message))"
        for (key, value) in fields { text += " \(key)=\(Self.quote(value))" }
        var bytes = Array(text.utf8)
        if bytes.count >= Self.limit { bytes = bytes.prefix(Self.limit - 5) + Array("...\"".utf8) }
        return bytes + [UInt8(ascii: "\n")]
    }

    /// RFC 3339 in UTC, always with nine digits of a second.
    static func format(_ nanoseconds: Int64) -> String {
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86400)
        // Days to a date of the Gregorian calendar, by years that begin in March.
        let shifted = days + 719_468
        let (era, day) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(date, 2))"
            + "T\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2)).\(pad(fraction, 9))Z"
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Quotes a text unless it is made of letters, digits and "-._/@^+" only.
    static func quote(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._/@^+".utf8.contains(byte)
            }
        }
        if plain && !text.isEmpty { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

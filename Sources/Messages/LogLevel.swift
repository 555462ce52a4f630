/// How much a shim shall log: higher is more severe, and zero is ``info``.
///
/// Levels in between are legal: take the nearest known one.
package struct LogLevel: RawRepresentable, Sendable, Hashable, Comparable, WireEnum {
    package static let trace = LogLevel(rawValue: -8)
    package static let debug = LogLevel(rawValue: -4)
    package static let info = LogLevel(rawValue: 0)
    package static let warn = LogLevel(rawValue: 4)
    package static let error = LogLevel(rawValue: 8)
    package static let fatal = LogLevel(rawValue: 10)
    package static let panic = LogLevel(rawValue: 12)

    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    init(wireValue: Int32) {
        self.init(rawValue: wireValue)
    }

    var wireValue: Int32 { rawValue }
}

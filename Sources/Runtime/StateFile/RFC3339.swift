/// Points of time as text (RFC 3339), the way Go writes them.
package enum RFC3339 {
    /// The time in UTC with as many digits of a second as it needs, for example "2026-11-20T22:01:15.5Z".
    ///
    /// - Parameter nanoseconds: Since 1970, not before.
    /// - Returns: The text.
    package static func text(nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let date = civil(days: days)
        var text = pad(date.year, 4) + "-" + pad(date.month, 2) + "-" + pad(date.day, 2)
        text += "T" + pad(time / 3600, 2) + ":" + pad(time / 60 % 60, 2) + ":" + pad(time % 60, 2)
        var fraction = pad(nanoseconds % 1_000_000_000, 9)
        while fraction.last == "0" { fraction.removeLast() }
        return text + (fraction.isEmpty ? "" : "." + fraction) + "Z"
    }

    /// The Gregorian date of a number of days since 1970.
    ///
    /// Years are counted from March, so that the leap day is a year's last, in eras of 400 years, which all have
    /// 146 097 days.
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

package import OCI

/// How one mount of a container is served and what lies over it (flag `gofer-mount-confs` of both processes).
///
/// The list has the root file system first, then every mount that a gofer serves, in the order of the spec; it
/// is the same in both command lines, in a subcontainer's start call and in the state file.
package struct GoferMountConf: Sendable, Equatable, Hashable {
    /// What is served; the numbers are those of the state file.
    package enum Lower: Int, Sendable, CaseIterable {
        /// Nothing of the host: the Sentry has the mount in memory.
        case none
        /// Files that a gofer serves, or opens for the Sentry.
        case lisafs
        /// A file system image, which the Sentry reads itself.
        case erofs
    }

    /// What the container's changes go to; the numbers are those of the state file.
    package enum Upper: Int, Sendable, CaseIterable {
        /// There is no overlay: changes go to the mount itself.
        case none
        /// Memory of the sandbox.
        case memory
        /// A file in the mount's own source directory.
        case `self`
        /// A nameless file of the host.
        case anon
    }

    /// What is below an overlay, or all there is.
    package var lower: Lower
    /// What is above it.
    package var upper: Upper
    /// How large the overlay may become, in the words of a tmpfs mount; nil leaves it to the Sentry.
    package var size: String?

    /// A configuration.
    package init(lower: Lower, upper: Upper, size: String? = nil) {
        self.lower = lower
        self.upper = upper
        self.size = size
    }

    /// The text for a command line, for example "lisafs:self" or "lisafs:memory:size=1g".
    package var flagText: String { "\(lower):\(upper)" + (size.map { ":size=\($0)" } ?? "") }

    /// The form of the state file and of the start call.
    package var json: JSONValue {
        var json: JSONValue = ["upper": JSONValue(upper.rawValue), "lower": JSONValue(lower.rawValue)]
        if let size { json["size"] = .string(size) }
        return json
    }

    /// Reads the form of the state file; nil if it is none.
    package init?(json: JSONValue) {
        guard let lower = json["lower"]?.integer(Int.self).flatMap(Lower.init(rawValue:)),
            let upper = json["upper"]?.integer(Int.self).flatMap(Upper.init(rawValue:))
        else { return nil }
        self.init(lower: lower, upper: upper, size: json["size"]?.string)
    }
}

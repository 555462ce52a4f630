package import OCI

/// How one mount of a container is served and what lies over it (flag `gofer-mount-confs` of both processes).
///
/// The list has the root file system first, then every mount that a gofer serves, in the order of the spec; it
/// is the same in both command lines, in a subcontainer's start call and in the state file.
package struct GoferMountConf: Sendable, Equatable, Hashable {
    /// What is served; the numbers are those of the state file.
    package enum Lower: Int, Sendable, CaseIterable {
        case none, lisafs, erofs
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

    package var lower: Lower
    package var upper: Upper

    /// A configuration.
    package init(lower: Lower, upper: Upper) {
        self.lower = lower
        self.upper = upper
    }

    /// The text for a command line, for example "lisafs:self".
    package var flagText: String { "\(lower):\(upper)" }

    /// The form of the state file and of the start call.
    package var json: JSONValue { ["upper": JSONValue(upper.rawValue), "lower": JSONValue(lower.rawValue)] }

    /// Reads the form of the state file; nil if it is none.
    package init?(json: JSONValue) {
        guard let lower = json["lower"]?.integer(Int.self).flatMap(Lower.init(rawValue:)),
            let upper = json["upper"]?.integer(Int.self).flatMap(Upper.init(rawValue:))
        else { return nil }
        self.init(lower: lower, upper: upper)
    }
}

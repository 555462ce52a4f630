package import OCI
import Sys

/// Which state file: one container of one sandbox.
package struct StateFileID: Sendable, Hashable, CustomStringConvertible {
    /// The container that the file is of.
    package let container: ContainerID
    /// The sandbox that it runs in.
    package let sandbox: ContainerID

    /// The file of a container; a root container's sandbox has its id.
    package init(container: ContainerID, sandbox: ContainerID) {
        self.container = container
        self.sandbox = sandbox
    }

    /// Checks two ids from outside.
    package init(container: String, sandbox: String) throws(ContainerID.Invalid) {
        self.init(container: try ContainerID(container), sandbox: try ContainerID(sandbox))
    }

    /// Reads the name of a state file; nil if it is none.
    package init?(fileName: String) { self.init(fileName: fileName, suffix: ".state") }

    /// Reads the name of any file that there may be of a container's state; nil if it is none.
    package init?(anyFileName name: String) {
        let known = [".state", ".lock", ".state" + File.temporarySuffix].lazy
            .compactMap { StateFileID(fileName: name, suffix: $0) }
        guard let id = known.first else { return nil }
        self = id
    }

    private init?(fileName: String, suffix: String) {
        let mark = "_sandbox:"
        guard fileName.hasSuffix(suffix) else { return nil }
        let stem = fileName.dropLast(suffix.count)
        // The colon occurs in no id, so it is found once or this is no state file.
        guard let colon = stem.firstIndex(of: ":"), stem[...colon].hasSuffix(mark) else { return nil }
        guard let container = try? ContainerID(String(stem[...colon].dropLast(mark.count))),
            let sandbox = try? ContainerID(String(stem[stem.index(after: colon)...]))
        else { return nil }
        self.init(container: container, sandbox: sandbox)
    }

    /// The name of the file with the state.
    package var stateName: String { "\(container)_sandbox:\(sandbox).state" }

    /// The name of the file that is locked.
    package var lockName: String { "\(container)_sandbox:\(sandbox).lock" }

    /// Whether this is the sandbox's root container.
    package var isRoot: Bool { container == sandbox }

    package var description: String { "\(sandbox)/\(container)" }
}

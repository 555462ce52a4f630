package import Messages
internal import Sys

/// The `delete` action: clears away what a container left whose shim is gone.
///
/// containerd runs it after losing a shim, and after a `start` or create that failed. It asks nobody for help:
/// a live shim may have hung, and is killed.
package struct Cleanup: Sendable {
    /// Ends and removes whatever the runtime has left of a container.
    package typealias Destroy = @Sendable (Leftovers) async throws -> Void

    /// What a container may have left.
    package struct Leftovers: Sendable, Equatable {
        package let id: String
        package let namespace: String
        /// containerd's socket, as the shim was told it.
        package let address: String
        /// May be gone already.
        package let bundle: String
    }

    /// containerd gives the whole action five seconds.
    private static let limit = Duration.seconds(4)
    /// Of what is left of the five, for a process that only has to die.
    private static let shimLimit = Duration.milliseconds(500)
    /// 128 and SIGKILL.
    private static let killed: UInt32 = 137

    private let leftovers: Leftovers
    private let destroy: Destroy
    private let log: Log

    package init(_ leftovers: Leftovers, log: Log, destroy: @escaping Destroy) {
        self.leftovers = leftovers
        self.log = log.with("id", leftovers.id)
        self.destroy = destroy
    }

    /// Does it all, as far as it goes.
    ///
    /// What fails is logged, not thrown: containerd removes the bundle afterwards in any case, and one thing
    /// that is stuck must not keep the others.
    package func run() async -> DeleteResponse {
        // Before anything can remove it.
        let pid = initPID()
        // It would clear away at the same time, and tell of the same end.
        await attempt("end the shim") {
            try await withDeadline(Self.shimLimit, "end of the shim") { try await endShim() }
        }
        await attempt("destroy the container") {
            try await Abandon.task(after: Self.limit, "destroy the container") { [destroy, leftovers] in
                try await destroy(leftovers)
            }
        }
        await attempt("unmount the root file system") {
            try await RootfsMounts.unmount(leftovers.bundle + "/rootfs")
        }
        await attempt("remove the socket") {
            try await SocketClaim.removeStale(address)
        }
        return DeleteResponse(
            pid: pid, exitStatus: Self.killed,
            exitedAt: Timestamp(nanosecondsSinceEpoch: Kernel.realTime()))
    }

    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        do { try await body() } catch { log.warning("\(what): \(error)") }
    }

    /// Kills the container's shim, and what it may just have cloned: such a child looks like it until it executes
    /// `runsc`, and would then be a sandbox that nobody knows of.
    private func endShim() async throws {
        // Again, for what the shim cloned while we looked; what has been killed clones no more.
        for _ in 0..<3 {
            let left = ForeignProcess.all(where: isShim).filter { !$0.isElsewhere }
            if left.isEmpty { return }
            for process in left { process.kill(Signal.kill) }
            for process in left { try await process.ended() }
        }
    }

    private func isShim(_ words: [String]) -> Bool {
        // A command line as /proc shows it ends with a zero byte.
        guard let program = words.first, Path.split(program).last == ShimVersion.program,
            let arguments = try? Arguments(parsing: words.dropFirst().dropLast())
        else { return false }
        return arguments.action == .serve && arguments.id == leftovers.id
            && arguments.namespace == leftovers.namespace && arguments.address == leftovers.address
    }

    /// Where the shim listens, also where `start` was killed before it had written that down.
    private var address: SocketAddress {
        let text = try? File.readText(leftovers.bundle + "/address", limit: 4096)
        if let text, let address = SocketAddress(text) { return address }
        let group = try? Grouping.group(of: leftovers.id, bundle: leftovers.bundle)
        return SocketAddress(
            containerd: leftovers.address, namespace: leftovers.namespace, group: group ?? leftovers.id)
    }

    private func initPID() -> UInt32 {
        let text = (try? File.readText(leftovers.bundle + "/init.pid", limit: 64)) ?? ""
        return UInt32(text.prefix { $0.isNumber }) ?? 0
    }

    /// The bundle of a container: as the command line says, or else by its id beside the working directory,
    /// which is the bundle of some container of the same namespace.
    package static func bundle(_ arguments: Arguments, workingDirectory: String) -> String {
        if !arguments.bundle.isEmpty { return Path.absolute(arguments.bundle, in: workingDirectory) }
        let (parent, last) = Path.split(workingDirectory)
        return last == arguments.id ? workingDirectory : Path.absolute(arguments.id, in: parent)
    }
}

extension ForeignProcess {
    /// A shim that serves others of its group, while its first container is deleted and its id another's.
    fileprivate var isElsewhere: Bool { workingDirectory?.hasSuffix(" (deleted)") ?? false }
}

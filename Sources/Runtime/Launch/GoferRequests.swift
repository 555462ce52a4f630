import OCI
import Sys

/// The launcher's side of a gofer's socket: newer releases ask for mounts that the gofer cannot open itself, as
/// those of a user namespace with less power than the launcher's.
///
/// A gofer asks before it serves files, and closes the socket then.
struct GoferRequests: Sendable {
    let socket: OwnedFD
    /// What may be asked for: the container's own mounts.
    let sources: Set<String>

    private static let method = "goferToHostRPC.OpenMount"
    private static let limits = JSONLimits(maximumBytes: 1 << 20, maximumDepth: 16)

    /// Answers until the gofer closes its end, which it does with its own at the latest.
    func serve() async {
        guard let connection = try? AsyncFD(socket) else { return }
        defer { connection.close() }
        while let request = try? await receive(connection) {
            let (answer, mount) = self.answer(request)
            guard let bytes = try? answer.serialised(),
                (try? await connection.send(bytes, descriptors: mount.map { [$0] } ?? [])) != nil
            else { return }
        }
    }

    private func receive(_ connection: AsyncFD) async throws -> JSONValue? {
        var bytes: [UInt8] = []
        var end = JSONObjectEnd()
        while bytes.count <= Self.limits.maximumBytes {
            let more = try await connection.read(upTo: 16 << 10)
            if more.isEmpty { return nil }
            bytes += more
            if end.passed(more) { return try JSONValue.parse(bytes, limits: Self.limits) }
        }
        return nil
    }

    private func answer(_ request: JSONValue) -> (JSONValue, OwnedFD?) {
        do {
            let mount = try open(request)
            return (["success": true, "err": "", "result": [:]], mount)
        } catch {
            return (["success": false, "err": .string("\(error)"), "result": nil], nil)
        }
    }

    private func open(_ request: JSONValue) throws -> OwnedFD {
        guard request["method"]?.string == Self.method else {
            throw RuntimeError(.unsupported, "unknown method")
        }
        let mount = request[["arg", "Mount"]] ?? [:]
        let source = mount["source"]?.string ?? ""
        // A gofer that was taken over from inside must not get at the rest of the host by way of us.
        guard sources.contains(source) else {
            throw RuntimeError(.invalid, "\(source) is no mount of this container")
        }
        let isMapped = ["uidMappings", "gidMappings"].contains { mount[$0]?.array?.isEmpty == false }
        guard !isMapped else {
            throw RuntimeError(.unsupported, "mount of \(source) with mapped ids is not supported")
        }
        let flags = MountFlags(rawValue: request[["arg", "Flags"]]?.uint64 ?? 0)
        return try Mount.detached(source, recursive: flags.contains(.recursive))
    }
}

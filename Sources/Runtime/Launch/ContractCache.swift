internal import OCI
internal import Sys

/// Contracts that were learnt before, so that a shim need not run runsc to find out about it.
///
/// One file for each binary, in a directory that only root may write. An entry counts only for the very same
/// file (path behind all links, device, inode, time of change, size); anything else, and a file
/// that cannot be read, is as if it were not there and is written anew.
package struct ContractCache: Sendable {
    private let directory: String

    /// A cache in this directory, which is made when first needed.
    package init(directory: String) { self.directory = directory }

    /// Gives the contract of a binary, from the cache or by asking it.
    ///
    /// Where the Sentry is a program of its own (`sentry`), a change of it counts as one of the binary.
    /// A cache that cannot be written only costs the next shim the same questions, so that is no error.
    /// - Throws: `SysError` if the binary is not there; what `run` throws; `ContractError`.
    package func contract(
        of binary: String, sentry: String? = nil, run: @escaping Contract.Run
    ) async throws -> Contract {
        var key = try Key(binary)
        if let sentry, sentry != binary { key.sentry = "\(try FileStatus(sentry))" }
        let path = "\(directory)/contract-\(key.fileName).json"
        if let bytes = try? File.read(path),
            let entry = try? JSONValue.parse(bytes), entry["key"] == key.json,
            let contract = try? entry["contract"].map(Contract.init(json:))
        {
            return contract
        }
        let contract = try await Contract.probe(run)
        try? write(["key": key.json, "contract": contract.json], to: path)
        return contract
    }

    private func write(_ entry: JSONValue, to path: String) throws {
        let bytes = try entry.serialised(sortedKeys: true)
        try Directory.make(directory, mode: 0o700)
        // Whoever else holds the lock is writing the same.
        guard let lock = try FileLock.tryAcquire(path + ".lock") else { return }
        defer { lock.release() }
        try File.writeAtomically(bytes, to: path, mode: 0o600)
    }

    private struct Key {
        /// Counts up when `Contract` changes its meaning, so that old entries do not count.
        var format = 3
        var path: String
        var device: UInt64
        var inode: UInt64
        var modified: Int64
        var size: Int64
        /// What tells the Sentry's own program from another, where there is one.
        var sentry = ""

        init(_ binary: String) throws(SysError) {
            path = try FileStatus.realPath(binary)
            let status = try FileStatus(path)
            device = status.device
            inode = status.inode
            modified = status.modifiedNanoseconds
            size = status.size
        }

        var json: JSONValue {
            [
                "format": JSONValue(format), "path": .string(path), "device": JSONValue(device),
                "inode": JSONValue(inode), "modified": JSONValue(modified), "size": JSONValue(size),
                "sentry": .string(sentry),
            ]
        }

        /// A short name made of the path (FNV-1a); two paths of one name only replace each other's entry.
        var fileName: String {
            let hash = path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01b3
            }
            return String(hash, radix: 16)
        }
    }
}

import OCI
import Sys

/// The files of a saved sandbox, in one directory, under the names that stock tools use.
struct CheckpointImage: Sendable {
    let directory: String

    /// The key under which the release that saved is kept in the image.
    static let versionKey = "runsc_version"
    /// What every state file begins with.
    static let magic = Array("gVisorSF".utf8)
    /// The Sentry's own limit on the metadata.
    static let metadataLimit = 16 << 20

    private var statePath: String { directory + "/checkpoint.img" }
    /// There are page files besides when the image was saved without compression.
    private var pagesMetadataPath: String { directory + "/pages_meta.img" }
    private var pagesPath: String { directory + "/pages.img" }
}

// MARK: - Saving

extension CheckpointImage {
    /// Makes the file for the state, in a directory that is made if it is missing.
    ///
    /// - Throws: `RuntimeError`, `alreadyExists` where the directory has an image.
    func makeState() throws(RuntimeError) -> OwnedFD {
        do throws(SysError) {
            try Directory.make(directory, mode: 0o755)
            return try File.open(statePath, [.readWrite, .create, .exclusive, .noFollow], mode: 0o644)
        } catch {
            throw RuntimeError(error.code == .exists ? .alreadyExists : .failed, "make image", cause: error)
        }
    }

    /// Removes what was saved by half.
    func removeState() { try? File.remove(statePath) }
}

// MARK: - Restoring

extension CheckpointImage {
    /// The files of an image, in the order in which the Sentry takes them.
    struct Files: Sendable {
        let descriptors: [OwnedFD]
        var hasPages: Bool { descriptors.count > 1 }
    }

    /// Opens the image for a Sentry.
    ///
    /// - Throws: `RuntimeError`, `notFound` if there is no image.
    func open() throws(RuntimeError) -> Files {
        var files = [try open(statePath)]
        if File.exists(pagesPath) { files += [try open(pagesMetadataPath), try open(pagesPath)] }
        return Files(descriptors: files)
    }

    /// Refuses an image that the installed runsc cannot restore, before anything is started for it.
    ///
    /// The state is the Sentry's memory as it is, so only the release that wrote it can read it; the Sentry itself does
    /// not compare, and fails somewhere in the middle. An image without a version was saved by a stock tool.
    ///
    /// - Throws: `RuntimeError`: `notFound`, `invalid` for a file that is no state, `failedPrecondition` for another
    ///   release's.
    func check(for contract: Contract) throws(RuntimeError) {
        let state = try open().descriptors[0]
        guard let saved = try metadata(of: state)[Self.versionKey]?.string, saved != contract.version else {
            return
        }
        throw RuntimeError(
            .failedPrecondition,
            "\(statePath) was saved by runsc \(saved) and cannot be restored by runsc \(contract.version)")
    }

    private func open(_ path: String) throws(RuntimeError) -> OwnedFD {
        do {
            return try File.open(path, [.nonblocking])
        } catch {
            throw RuntimeError(error.code == .noEntry ? .notFound : .failed, "checkpoint image", cause: error)
        }
    }

    /// The header: a magic word, the length of the metadata, and the metadata as JSON.
    private func metadata(of state: OwnedFD) throws(RuntimeError) -> JSONValue {
        do {
            let header = try File.readAvailable(state, limit: Self.magic.count + 8)
            let length = header.dropFirst(Self.magic.count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            if header.starts(with: Self.magic), header.count == 16, length <= Self.metadataLimit {
                let text = try File.readAvailable(state, limit: Int(length))
                return try JSONValue.parse(text)
            }
        } catch {
            throw RuntimeError(.invalid, "\(statePath): cannot read the metadata", cause: error)
        }
        throw RuntimeError(.invalid, "\(statePath): expected a state file of runsc")
    }
}

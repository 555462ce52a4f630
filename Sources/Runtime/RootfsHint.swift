import OCI
import Sys

/// What a container's annotations say about its root file system (`dev.gvisor.spec.rootfs.FIELD`): an image that the Sentry
/// reads itself in place of the bundle's directory, or another overlay.
///
/// The newer releases read some of it themselves, by the same rules.
struct RootfsHint: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// The bundle's own root, served by the gofer.
        case bind
        /// An image of that file system, in a file of the host.
        case erofs
    }

    /// Absolute path; of an image its file, else unused.
    var source: String
    var kind: Kind
    /// Where changes go to; nil leaves them to the root itself, which an image does not take.
    var overlay: OverlaySetting.Medium?
    /// How large the overlay may become; nil leaves it to the Sentry.
    var size: String?

    /// Reads the hint; `nil` where there is none.
    ///
    /// - Throws: `RuntimeError` naming the annotation, also for one that the release would not start with.
    init?(_ annotations: [String: String], _ contract: Contract) throws(RuntimeError) {
        let fields = annotations.filter { $0.key.hasPrefix(Annotations.Key.rootfsPrefix) }
        guard let first = fields.keys.sorted().first else { return nil }
        guard contract.hasGoferMountConfs else {
            throw RuntimeError(
                .unsupported,
                "config.json: annotations.\(first): not supported by runsc \(contract.version): "
                    + "its sandboxes have no root but that of the bundle")
        }
        var source = ""
        var kind: Kind?
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            func expected(_ what: String) -> RuntimeError {
                RuntimeError(
                    .invalid, "config.json: annotations.\(key): expected \(what), not \"\(value)\"")
            }
            switch key.dropFirst(Annotations.Key.rootfsPrefix.count) {
            case "source":
                guard value.hasPrefix("/") else { throw expected("an absolute path") }
                source = value
            case "type":
                kind = Kind(rawValue: value)
                if kind == nil { throw expected("bind or erofs") }
            case "overlay":
                guard value.isEmpty || OverlaySetting.medium(value) != nil else {
                    throw expected("memory, self or dir=/PATH")
                }
                overlay = OverlaySetting.medium(value)
            case "options" where contract.hasOverlaySize:
                guard value.hasPrefix("size="), !value.contains(",") else { throw expected("size=SIZE") }
                size = String(value.dropFirst("size=".count))
            case "directfs" where contract.hasOverlaySize:
                // The Sentry's matter, and the gofer's.
                guard ["default", "off"].contains(value) else { throw expected("default or off") }
            default:
                throw RuntimeError(
                    .unsupported,
                    "config.json: annotations.\(key): not supported by runsc \(contract.version)")
            }
        }
        guard !source.isEmpty, let kind else {
            throw RuntimeError(
                .invalid,
                "config.json: annotations.\(first): expected \(Annotations.Key.rootfsPrefix)source and "
                    + "\(Annotations.Key.rootfsPrefix)type beside it")
        }
        self.source = source
        self.kind = kind
    }

    /// The image, for the Sentry to read; `nil` where the root is the bundle's.
    ///
    /// - Throws: `RuntimeError` naming the path.
    func openImage() throws(RuntimeError) -> OwnedFD? {
        guard kind == .erofs else { return nil }
        let what = "config.json: annotations.\(Annotations.Key.rootfsPrefix)source"
        let image: OwnedFD
        let isFile: Bool
        do {
            // Whatever it is, to look at it takes no time.
            image = try File.open(source, [.nonblocking])
            isFile = try FileStatus(image).isRegular
        } catch {
            throw RuntimeError(.invalid, what, cause: error)
        }
        guard isFile else {
            throw RuntimeError(.invalid, "\(what): \(source) is no regular file, as an image has to be")
        }
        return image
    }
}

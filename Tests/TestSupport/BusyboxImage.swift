import Foundation

/// The image that the scenarios run: busybox, built on this machine by Tools/build-image.sh.
package enum BusyboxImage {
    package static let name = "localhost/busybox:latest"

    /// The archive for `ctr images import`, built once per run.
    package static func archive() async throws -> String { try await built.value }

    private static let built = _Concurrency.Task {
        let path = Settings.repository + "/build/busybox.tar"
        _ = try await run(Settings.repository + "/Tools/build-image.sh", [path, name]).checked()
        return path
    }
}

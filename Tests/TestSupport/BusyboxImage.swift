import Foundation

/// The image that the scenarios run: busybox, built on this machine by Tools/build-image.sh.
package enum BusyboxImage {
    package static let name = "localhost/busybox:latest"

    /// The archive for `ctr images import`, built once per run.
    package static func archive() async throws -> String { try await built.value }

    /// The same with the command of a pod's first container, that only has to be there.
    package static func pauseArchive() async throws -> String { try await builtPause.value }
    package static let pauseName = "localhost/pause:latest"

    private static let builtPause = _Concurrency.Task {
        let path = Settings.repository + "/build/pause.tar"
        let words = [path, pauseName, "sleep", "2147483647"]
        _ = try await run(Settings.repository + "/Tools/build-image.sh", words).checked()
        return path
    }

    private static let built = _Concurrency.Task {
        let path = Settings.repository + "/build/busybox.tar"
        _ = try await run(Settings.repository + "/Tools/build-image.sh", [path, name]).checked()
        return path
    }
}

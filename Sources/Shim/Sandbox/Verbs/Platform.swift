internal import Messages
internal import Proc

extension SandboxService {
    #if arch(arm64)
        private static let architecture = "arm64"
    #else
        private static let architecture = "amd64"
    #endif

    /// What the containers of the sandbox see: the Sentry's Linux, on the host's processor.
    func platform(_ request: PlatformRequest) async throws -> PlatformResponse {
        _ = try await registry.sandbox(request.sandboxID)
        return PlatformResponse(platform: Platform(os: "linux", architecture: Self.architecture))
    }
}

import OCI
import Runtime
import Sys
import TestSupport
import Testing

/// A caller that goes away, as a containerd that is killed does, must not keep the clean-up from its end.
@Suite("A creation whose caller goes away", .requires(.root), .serialized, .timeLimit(.minutes(2)))
struct CancelledCreateTests {
    private static let moments = Array(stride(from: 0, through: 80, by: 16))

    /// What is there of a container on this host.
    private func left(of id: String, _ bundle: borrowing TestBundle) throws -> [String] {
        let host = try CgroupHost.current()
        let roots = host.v1.values.map(\.mountpoint) + [host.v2].compactMap { $0?.mountpoint }
        return Set(roots).map { "\($0)/\(id)" }.filter(File.exists)
            + ForeignProcess.all { [path = bundle.path] in $0.contains { $0.contains(path) } }.map {
                "process \($0.pid)"
            }
            + ((try? Directory.list(bundle.root)) ?? []).filter {
                !$0.contains("contract") && !$0.hasSuffix(".lock")
            }
            + (try Directory.list("\(bundle.path)/rootfs")).filter { $0.hasPrefix(".gvisor") }
    }

    private func request(_ id: String, _ bundle: borrowing TestBundle) throws -> CreateRequest {
        let null = try File.open("/dev/null", [.readWrite])
        return CreateRequest(
            id: id, bundle: bundle.path, stdio: .files(input: null, output: null, error: null))
    }

    @Test("leaves nothing, whenever that is", arguments: RunscRelease.underTest)
    func sandbox(_ release: RunscRelease) async throws {
        for moment in Self.moments {
            let bundle = try TestBundle(args: ["sleep", "1000"])
            let id = "gone\(UInt32.random(in: 0 ... .max))"
            let runsc = Runsc(configuration: RuntimeConfiguration(binary: release.program, root: bundle.root))
            let request = try request(id, bundle)
            let creation = _Concurrency.Task { try await runsc.create(request) }
            try await Task.sleep(for: .milliseconds(moment))
            creation.cancel()
            if case .success(let container) = await creation.result { try await container.destroy() }
            let left = try left(of: id, bundle)
            #expect(left == [], "after \(moment) ms")
        }
    }

    @Test("to join a sandbox leaves nothing in it either", arguments: RunscRelease.underTest)
    func member(_ release: RunscRelease) async throws {
        let recipe = TestContainer.Recipe("sleep", "1000")
        try await TestContainer.with(release, recipe) { root in
            for moment in Self.moments {
                let bundle = try TestBundle(
                    args: ["true"],
                    annotations: [
                        "io.kubernetes.cri.container-type": "container",
                        "io.kubernetes.cri.sandbox-id": root.id,
                    ])
                let request = try request("member", bundle)
                let creation = _Concurrency.Task { try await root.runsc.create(request) }
                try await Task.sleep(for: .milliseconds(moment / 2))
                creation.cancel()
                if case .success(let container) = await creation.result { try await container.destroy() }
                // The Sentry has forgotten it, too.
                let again = try await root.runsc.create(request)
                try await again.start()
                #expect(await again.wait().code == 0, "after \(moment / 2) ms")
                try await again.destroy()
            }
        }
    }
}

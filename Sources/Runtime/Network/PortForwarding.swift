import Sys

/// Carries connections to 127.0.0.1 in a pod's network namespace on the host to the pod's address.
///
/// `kubectl port-forward` arrives there: containerd enters the namespace and connects. But whoever listens in the pod does so
/// in the Sentry's own network stack, and in the namespace is nobody. So connections go the way that those of the kubelet's
/// probes go, from the host to the pod's address. Where nobody listens at that, the Sentry is asked to connect to its own
/// 127.0.0.1 (PortForward): not in the release of 2024, which then ends with a panic when a server inside writes more than
/// 16 KiB at once.
struct PortForwarding: Sendable {
    private let sandbox: Sandbox
    private let address: IPAddress
    private static let connectBound: Duration = .seconds(10)

    /// Serves the network namespace of a sandbox until the task is cancelled.
    ///
    /// - Parameters:
    ///   - address: the pod's.
    ///   - warn: hears why the namespace cannot be served.
    static func serve(_ sandbox: Sandbox, address: IPAddress, warn: @Sendable (String) -> Void) async {
        do {
            let listener = try await onOwnThread("port forwarding") { [pid = sandbox.boot.pid] in
                try LoopbackListener(in: NetworkNamespace.open("/proc/\(pid)/ns/net"))
            }
            try await PortForwarding(sandbox: sandbox, address: address).serve(listener)
        } catch let error as SysError where error.code == .addressNotAvailable {
            // The namespace's loopback interface is down, as in networks of nerdctl's: nobody can connect there.
        } catch {
            if !Task.isCancelled, sandbox.boot.status == nil {
                warn("ports of sandbox \(sandbox.id) cannot be forwarded: \(error)")
            }
        }
    }

    private func serve(_ listener: LoopbackListener) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                let (connection, port) = try await listener.next()
                group.addTask { await forward(connection, port) }
            }
        }
    }

    /// Carries one connection; where nobody listens at the port it ends at once.
    private func forward(_ connection: OwnedFD, _ port: UInt16) async {
        guard let client = try? AsyncFD(connection), let server = try? await connect(port) else { return }
        await withDiscardingTaskGroup { group in
            group.addTask { await Self.copy(client, to: server) }
            group.addTask { await Self.copy(server, to: client) }
        }
        client.close()
        server.close()
    }

    private func connect(_ port: UInt16) async throws -> AsyncFD {
        do {
            return try await withDeadline(Self.connectBound, "connection to \(address)") { [address] in
                try await TCPSocket.connect(address, port: port)
            }
        } catch let error as SysError where error.code == .connectionRefused {
            guard sandbox.sentry.contract.forwardsPorts else { throw error }
            let pair = try SocketPair()
            defer { pair.second.close() }
            try await sandbox.sentry.forwardPort(port, in: sandbox.id, to: pair.second)
            return try AsyncFD(pair.first)
        }
    }

    /// Copies one direction to its end; a failure ends both.
    private static func copy(_ source: AsyncFD, to destination: AsyncFD) async {
        do {
            while true {
                let bytes = try await source.read(upTo: 64 << 10)
                if bytes.isEmpty { return destination.shutdownWriting() }
                try await destination.write(bytes)
            }
        } catch {
            source.shutdown()
            destination.shutdown()
        }
    }
}

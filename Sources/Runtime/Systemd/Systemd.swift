package import Sys

/// The manager of this machine's units, as far as a sandbox needs one.
///
/// Each request has a connection of its own: there are three in the life of a sandbox.
package struct Systemd: Sendable, Equatable {
    /// Where it is spoken to.
    package enum Address: Sendable, Equatable {
        /// Its own socket, for root only: there is no bus between, which may be down or restarted.
        case direct(UnixAddress)
        /// The system's bus.
        case bus(UnixAddress)
    }

    /// Tried in turn.
    package let addresses: [Address]
    /// How long a request may take, and the job that it begins.
    package let bound: Duration

    /// A manager at the first of these addresses that can be reached.
    package init(_ addresses: [Address], bound: Duration = Bounds().unit) {
        self.addresses = addresses
        self.bound = bound
    }

    /// The manager of the machine; nil if it was not booted with systemd, which is told as sd_booted(3) does.
    package static func booted() -> Systemd? {
        guard (try? File.kind("/run/systemd/system")) == .directory else { return nil }
        return Systemd([
            .direct(.path("/run/systemd/private")), .bus(.path("/run/dbus/system_bus_socket")),
        ])
    }

    /// Makes a unit that lives until its processes have ended, and waits until it is there.
    ///
    /// - Parameters:
    ///   - unit: The name, with ".scope" at its end.
    ///   - properties: Of the unit; a scope must have processes (`PIDs`) from its start.
    /// - Throws: `SystemdError`, `refused` also if there is such a unit already.
    package func start(_ unit: String, _ properties: [UnitProperty]) async throws(SystemdError) {
        do throws(SystemdError) {
            try await startOnce(unit, properties)
        } catch SystemdError.refused(_, "org.freedesktop.systemd1.UnitExists", _) {
            // One that failed, left by whoever had the name before.
            try? await request { connection in
                _ = try await connection.call(.manager("ResetFailedUnit"), signature: "s") {
                    $0.string(unit)
                }
            }
            try await startOnce(unit, properties)
        }
    }

    private func startOnce(_ unit: String, _ properties: [UnitProperty]) async throws(SystemdError) {
        try await runJob(unit, "StartTransientUnit", signature: "ssa(sv)a(sa(sv))") { body in
            body.string(unit)
            body.string("replace")
            properties.write(to: &body)
            // Units that come with it: none.
            body.array(alignment: 8) { _ in }
        }
    }

    /// Ends a unit, and waits until it is gone; one that is gone already is fine.
    package func stop(_ unit: String) async throws(SystemdError) {
        do throws(SystemdError) {
            try await runJob(unit, "StopUnit", signature: "ss") { body in
                body.string(unit)
                body.string("replace")
            }
        } catch SystemdError.refused(_, "org.freedesktop.systemd1.NoSuchUnit", _) {
            return
        }
    }

    /// Changes properties of a unit, for as long as it lives.
    package func set(_ properties: [UnitProperty], of unit: String) async throws(SystemdError) {
        try await request { connection in
            _ = try await connection.call(.manager("SetUnitProperties"), signature: "sba(sv)") { body in
                body.string(unit)
                // At runtime only: nothing of it is for the time after a boot.
                body.uint32(1)
                properties.write(to: &body)
            }
        }
    }

    // MARK: - Requests

    /// Calls a method that begins a job, and waits for its end.
    private func runJob(
        _ unit: String, _ method: String, signature: String,
        _ body: @escaping @Sendable (inout DBusWriter) -> Void
    ) async throws(SystemdError) {
        try await request { connection in
            let answer = try await connection.call(.manager(method), signature: signature, body)
            var reader = answer.reader
            guard answer.signature == "o" else { throw DBusError("no job in the answer to \(method)") }
            let job = try reader.string()
            while true {
                let signal = try await connection.signal()
                guard signal.member == "JobRemoved", signal.sender == answer.sender,
                    signal.interface == "org.freedesktop.systemd1.Manager", signal.signature == "uoss"
                else { continue }
                var reader = signal.reader
                _ = try reader.uint32()
                guard try reader.string() == job else { continue }
                _ = try reader.string()
                let result = try reader.string()
                guard result == "done" else { throw SystemdError.job(method, unit: unit, result: result) }
                return
            }
        }
    }

    private func request(
        _ body: @escaping @Sendable (inout DBusConnection) async throws -> Void
    ) async throws(SystemdError) {
        do {
            try await withDeadline(bound, "systemd") {
                var connection = try await connect()
                defer { connection.close() }
                try await body(&connection)
            }
        } catch let error as SystemdError {
            throw error
        } catch let error as SysError {
            throw .system(error)
        } catch let error as DBusError {
            throw .malformed("\(error)")
        } catch {
            throw .unanswered(bound)
        }
    }

    private func connect() async throws -> DBusConnection {
        var failures: [SysError] = []
        for address in addresses {
            do {
                switch address {
                case .direct(let address): return try await DBusConnection(address)
                case .bus(let address):
                    var connection = try await DBusConnection(address)
                    do {
                        try await Self.enter(&connection)
                        return connection
                    } catch {
                        connection.close()
                        throw error
                    }
                }
            } catch let error as SysError where error.call == "connect" && error.code != .canceled {
                failures.append(error)
            }
        }
        throw SystemdError.unreachable(failures)
    }

    /// A bus wants a greeting first, and passes signals on to those who have asked for them.
    private static func enter(_ connection: inout DBusConnection) async throws {
        _ = try await connection.call(.bus("Hello"))
        _ = try await connection.call(.bus("AddMatch"), signature: "s") {
            $0.string(
                "type='signal',sender='org.freedesktop.systemd1',"
                    + "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'")
        }
        _ = try await connection.call(.manager("Subscribe"))
    }
}

/// Why systemd did not do what it was asked.
package enum SystemdError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The machine was not booted with systemd.
    case notBooted
    /// None of its sockets takes a connection.
    case unreachable([SysError])
    /// It said no: the error's name on the bus, and its words.
    case refused(method: String, name: String, reason: String)
    /// The job did not end well; results are those of org.freedesktop.systemd1(5), "JobRemoved".
    case job(_ method: String, unit: String, result: String)
    /// What it said is not D-Bus.
    case malformed(String)
    /// It did not answer in time, or the job did not end.
    case unanswered(Duration)
    /// A call on the connection failed.
    case system(SysError)

    package var description: String {
        switch self {
        case .notBooted:
            "systemd: the machine was not booted with it"
        case .unreachable(let errors):
            "systemd: cannot be reached: \(errors.map(\.description).joined(separator: "; "))"
        case .refused(let method, let name, let reason):
            "systemd: \(method): \(name.isEmpty ? reason : "\(reason) (\(name))")"
        case .job(let method, let unit, let result):
            "systemd: \(method): unit \(unit): job ended with \"\(result)\""
        case .malformed(let reason):
            "systemd: \(reason)"
        case .unanswered(let bound):
            "systemd: no answer within \(bound)"
        case .system(let error):
            "systemd: \(error)"
        }
    }
}

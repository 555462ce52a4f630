package import OCI
import Sys

extension NetworkArguments {
    /// How the releases of runsc differ in this call.
    package enum Form: Sendable, CaseIterable {
        /// The 2022 release.
        case release2022
        /// The 2024 release.
        case release2024
        /// Releases that know `containerManager.SetNetworkArgs`, to be called before the start or restore.
        case release2026

        /// The form for an installed runsc.
        package init(_ contract: Contract) {
            if let offload = contract.globalFlags["gvisor-gro"], !offload.isBoolean {
                self = .release2022
            } else {
                // The call of before is still there, but only the new one goes before the seccomp filters.
                self = contract.needsGoferRPCFD ? .release2026 : .release2024
            }
        }

        /// The method that takes the arguments.
        package var method: String {
            switch self {
            case .release2022, .release2024: "Network.CreateLinksAndRoutes"
            case .release2026: "containerManager.SetNetworkArgs"
            }
        }
    }

    /// The size from which the Sentry segments packets itself, where the host does not.
    private static let ownOffloadSize: UInt32 = 1 << 16

    /// The arguments as the Sentry reads them.
    ///
    /// - Parameters:
    ///   - form: What the installed release expects.
    ///   - restoring: Whether the call prepares a restore; only `release2026` wants to know.
    /// - Returns: The argument of the method `form.method`.
    package func json(_ form: Form, restoring: Bool = false) -> JSONValue {
        var value: JSONValue = [
            "LoopbackLinks": .array(loopbacks.map { json($0, form) }),
            "FDBasedLinks": links.isEmpty ? .null : .array(links.map { json($0, form) }),
            "XDPLinks": .null,
            "Defaultv4Gateway": Self.json(defaultRouteV4, form),
            "Defaultv6Gateway": Self.json(defaultRouteV6, form),
            "PCAP": .bool(settings.packetLog != nil),
        ]
        if form != .release2022 {
            value["LogPackets"] = .bool(settings.logsPackets)
            value["NATBlob"] = false
        }
        switch form {
        case .release2022: break
        case .release2024: value["DisconnectOk"] = .bool(settings.disconnectOK)
        case .release2026:
            value["PauseExternalNetworking"] = .bool(settings.pausesExternalNetworking)
            value["AllowConnectedOnSave"] = .bool(settings.allowsConnectedOnSave)
            value["IsRestore"] = .bool(restoring)
        }
        return value
    }

    private func json(_ link: LoopbackLink, _ form: Form) -> JSONValue {
        var value: JSONValue = [
            "Name": .string(link.name), "Addresses": Self.json(link.addresses),
            "Routes": .array(link.routes.map { Self.json($0, form) }),
        ]
        if form != .release2022 { value["GVisorGRO"] = .bool(settings.receiveOffload) }
        return value
    }

    private func json(_ link: PacketLink, _ form: Form) -> JSONValue {
        let segments = link.maximumOffload == 0 && settings.ownSegmentationOffload
        var value: JSONValue = [
            "Name": .string(link.name),
            // Only read for interfaces that are driven by XDP.
            "InterfaceIndex": 0,
            "MTU": JSONValue(link.mtu),
            "Addresses": Self.json(link.addresses),
            "Routes": .array(link.routes.map { Self.json($0, form) }),
            "GSOMaxSize": JSONValue(segments ? Self.ownOffloadSize : link.maximumOffload),
            "TXChecksumOffload": .bool(settings.sendChecksumOffload),
            "RXChecksumOffload": .bool(settings.receiveChecksumOffload),
            "LinkAddress": Self.base64(link.hardwareAddress),
            "QDisc": JSONValue(settings.queueingDiscipline.rawValue),
            "Neighbors": .array(
                link.neighbours.map { neighbour in
                    [
                        "IP": .string("\(neighbour.address)"),
                        "HardwareAddr": Self.base64(neighbour.hardwareAddress),
                    ]
                }),
            "NumChannels": JSONValue(settings.channels),
        ]
        if form == .release2022 {
            value["GvisorGSOEnabled"] = .bool(segments)
            value["GvisorGROTimeout"] = .int(settings.receiveOffloadTimeout)
        } else {
            value["GVisorGSOEnabled"] = .bool(segments)
            value["GVisorGRO"] = .bool(settings.receiveOffload)
            value["ProcessorsPerChannel"] = JSONValue(settings.processorsPerChannel)
        }
        if form == .release2026 {
            value["TBFRate"] = JSONValue(settings.tokenBucketRate)
            value["TBFBurst"] = JSONValue(settings.tokenBucketBurst)
            // The Sentry fills these in itself.
            value["IsPacket"] = .null
            value["PreConfigured"] = false
        }
        return value
    }

    private static func json(_ addresses: [IPPrefix]) -> JSONValue {
        .array(
            addresses.map { prefix in
                ["Address": .string("\(prefix.address)"), "PrefixLen": JSONValue(prefix.length)]
            })
    }

    private static func json(_ route: Route, _ form: Form) -> JSONValue {
        var value: JSONValue = [
            "Destination": [
                "IP": .string("\(route.destination.address)"), "Mask": base64(route.destination.mask),
            ],
            "Gateway": .string(route.gateway.map { "\($0)" } ?? ""),
        ]
        if form == .release2026 { value["MTU"] = JSONValue(route.mtu) }
        return value
    }

    /// A default route that is missing is told by its empty destination.
    private static func json(_ gateway: DefaultRoute?, _ form: Form) -> JSONValue {
        if let gateway { return ["Route": json(gateway.route, form), "Name": .string(gateway.interface)] }
        var route: JSONValue = ["Destination": ["IP": "", "Mask": .null], "Gateway": ""]
        if form == .release2026 { route["MTU"] = 0 }
        return ["Route": route, "Name": ""]
    }

    private static func base64(_ bytes: [UInt8]) -> JSONValue {
        bytes.isEmpty ? .null : .string(Base64.encode(bytes))
    }
}

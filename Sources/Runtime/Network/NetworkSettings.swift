/// How a sandbox's network stack is to be set up, beyond what its namespace says: runsc's flags.
///
/// The initial values are runsc's defaults.
package struct NetworkSettings: Sendable, Equatable {
    /// The queueing discipline of the Sentry's interfaces, `--qdisc`.
    package enum QueueingDiscipline: Int, Sendable { case none, fifo, tokenBucket }

    /// `--gso`: pass unsegmented packets to interfaces that take them.
    package var hostSegmentationOffload = true
    /// `--software-gso`: segment late inside the Sentry where the host does not.
    package var ownSegmentationOffload = true
    /// `--gvisor-gro` of releases from 2023 on.
    package var receiveOffload = false
    /// `--gvisor-gro` of the 2022 release, in nanoseconds; zero is off.
    package var receiveOffloadTimeout: Int64 = 0
    /// `--tx-checksum-offload`: leave checksums of what is sent to the host.
    package var sendChecksumOffload = false
    /// `--rx-checksum-offload`: trust the host's checksums of what is received.
    package var receiveChecksumOffload = true
    /// `--qdisc`.
    package var queueingDiscipline = QueueingDiscipline.fifo
    /// `--qdisc-tbf-rate`, bytes per second.
    package var tokenBucketRate: UInt64 = 0
    /// `--qdisc-tbf-burst`, bytes.
    package var tokenBucketBurst: UInt32 = 0
    /// `--num-network-channels`: packet sockets for each interface.
    package var channels = 1
    /// `--network-processors-per-channel`; zero lets the Sentry decide.
    package var processorsPerChannel = 0
    /// `--log-packets`: write every packet to the debug log.
    package var logsPackets = false
    /// `--pcap-log`: the file that the Sentry writes all packets to.
    package var packetLog: String?
    /// `--net-disconnect-ok` of the 2024 release.
    package var disconnectOK = false
    /// `--pause-external-networking` of newer releases.
    package var pausesExternalNetworking = false
    /// `--allow-connected-on-save` of newer releases.
    package var allowsConnectedOnSave = false
    /// Whether the sandbox is to have no IPv6 addresses and routes.
    package var disablesIPv6 = false
    /// Whether link-local IPv6 addresses go to the sandbox too, or stay with the host's stack.
    package var movesLinkLocalAddresses = false

    /// runsc's defaults.
    package init() {}
}

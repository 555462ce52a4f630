internal import Glibc

/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four or sixteen bytes, in network order.
    package let bytes: [UInt8]

    /// Takes the bytes of an address; nil unless there are four or sixteen.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads the usual text form.
    package init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Whether this is an IPv6 address.
    package var isV6: Bool { bytes.count == 16 }

    /// Whether this is an address of fe80::/10, which means nothing beyond its link.
    package var isLinkLocalV6: Bool { isV6 && bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80 }

    /// Whether all bits are zero.
    package var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    /// The unspecified address of a family.
    package static func any(v6: Bool) -> IPAddress {
        IPAddress(unchecked: Array(repeating: 0, count: v6 ? 16 : 4))
    }

    /// The usual address of a loopback interface: 127.0.0.1 or ::1.
    package static func loopback(v6: Bool) -> IPAddress {
        IPAddress(unchecked: v6 ? Array(repeating: 0, count: 15) + [1] : [127, 0, 0, 1])
    }

    /// The address with everything after the first `length` bits cleared.
    package func masked(_ length: Int) -> IPAddress {
        let mask = Self.mask(length, v6: isV6)
        return IPAddress(unchecked: zip(bytes, mask).map { $0 & $1 })
    }

    /// The netmask of a prefix length.
    package static func mask(_ length: Int, v6: Bool) -> [UInt8] {
        (0..<(v6 ? 16 : 4)).map { index in
            let bits = min(max(length - index * 8, 0), 8)
            return UInt8(truncatingIfNeeded: 0xff00 >> bits)
        }
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let written = inet_ntop(isV6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
        return written.map { String(cString: $0) } ?? ""
    }
}

/// An address with the length of its network's prefix, as "10.0.0.2/24".
package struct IPPrefix: Sendable, Hashable, CustomStringConvertible {
    package let address: IPAddress
    package let length: Int

    package init(_ address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    /// The network itself: the host's part of the address cleared.
    package var network: IPPrefix { IPPrefix(address.masked(length), length: length) }

    /// The netmask, in network order.
    package var mask: [UInt8] { IPAddress.mask(length, v6: address.isV6) }

    package var description: String { "\(address)/\(length)" }
}

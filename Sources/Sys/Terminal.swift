internal import CSys
internal import Glibc

/// A pseudo-terminal: pty(7).
package struct Terminal: Sendable {
    /// The side that reads what the program prints.
    package let master: OwnedFD
    /// The side that the program has as its terminal.
    package let slave: OwnedFD

    /// Opens a new pair.
    package init() throws(SysError) {
        let master = try File.open("/dev/ptmx", [.readWrite, .noControllingTerminal])
        var number: Int32 = 0
        var unlock: Int32 = 0
        _ = try retrying("ioctl", "TIOCSPTLCK") { csys_ioctl_ptr(master.raw, 0x4004_5431, &unlock) }
        _ = try retrying("ioctl", "TIOCGPTN") { csys_ioctl_ptr(master.raw, 0x8004_5430, &number) }
        // TIOCGPTPEER opens the slave by the master, whatever is mounted at /dev/pts.
        let slave = try retrying("ioctl", "TIOCGPTPEER") {
            csys_ioctl_int(master.raw, 0x5441, O_RDWR | O_NOCTTY | O_CLOEXEC)
        }
        self.master = master
        self.slave = OwnedFD(taking: slave)
    }

    /// Sets the size of the window; the foreground process group gets SIGWINCH when it changes.
    package static func resize(_ terminal: OwnedFD, width: UInt16, height: UInt16) throws(SysError) {
        var size = winsize(ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        _ = try retrying("ioctl", "TIOCSWINSZ") { csys_ioctl_ptr(terminal.raw, UInt(TIOCSWINSZ), &size) }
    }

    /// Whether the descriptor is a terminal.
    package static func isTerminal(_ descriptor: OwnedFD) -> Bool { isatty(descriptor.raw) == 1 }
}

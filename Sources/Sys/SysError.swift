internal import CSys
internal import Glibc

/// A system call that failed.
package struct SysError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call, by its name in section 2 of the manual.
    package let call: String
    /// What it was called on: a path, an address, a process; empty where there is nothing to name.
    package let subject: String
    package let code: Errno

    package init(_ call: String, _ subject: String = "", _ code: Errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    package var description: String {
        subject.isEmpty ? "\(call): \(code)" : "\(call) \(subject): \(code)"
    }
}

/// An error number of the kernel.
package struct Errno: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The calling thread's `errno`; to be read right after the call that failed.
    package static var current: Errno { Errno(rawValue: errno) }

    package static let notPermitted = Errno(rawValue: EPERM)
    package static let noEntry = Errno(rawValue: ENOENT)
    package static let noProcess = Errno(rawValue: ESRCH)
    package static let interrupted = Errno(rawValue: EINTR)
    package static let io = Errno(rawValue: EIO)
    package static let noDevice = Errno(rawValue: ENXIO)
    package static let noSuchDevice = Errno(rawValue: ENODEV)
    package static let badDescriptor = Errno(rawValue: EBADF)
    package static let noChild = Errno(rawValue: ECHILD)
    package static let again = Errno(rawValue: EAGAIN)
    package static let accessDenied = Errno(rawValue: EACCES)
    package static let busy = Errno(rawValue: EBUSY)
    package static let exists = Errno(rawValue: EEXIST)
    package static let notDirectory = Errno(rawValue: ENOTDIR)
    package static let isDirectory = Errno(rawValue: EISDIR)
    package static let invalid = Errno(rawValue: EINVAL)
    package static let noSpace = Errno(rawValue: ENOSPC)
    package static let readOnly = Errno(rawValue: EROFS)
    package static let brokenPipe = Errno(rawValue: EPIPE)
    package static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    package static let notEmpty = Errno(rawValue: ENOTEMPTY)
    package static let loop = Errno(rawValue: ELOOP)
    package static let notSupported = Errno(rawValue: EOPNOTSUPP)
    package static let addressInUse = Errno(rawValue: EADDRINUSE)
    package static let connectionReset = Errno(rawValue: ECONNRESET)
    package static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    package static let inProgress = Errno(rawValue: EINPROGRESS)
    package static let tooLarge = Errno(rawValue: EFBIG)
    package static let messageTooLong = Errno(rawValue: EMSGSIZE)
    package static let canceled = Errno(rawValue: ECANCELED)
    package static let timedOut = Errno(rawValue: ETIMEDOUT)
    package static let notTerminal = Errno(rawValue: ENOTTY)
    package static let crossDevice = Errno(rawValue: EXDEV)

    package var description: String {
        guard let text = csys_error_text(rawValue) else { return "errno \(rawValue)" }
        return String(cString: text).lowercased()
    }
}

/// Repeats a call while a signal interrupts it, and turns -1 into the error that it stands for.
func retrying<Result: FixedWidthInteger>(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(SysError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = Errno.current
        if code != .interrupted { throw SysError(call, subject(), code) }
    }
}

/// Turns a negative result, which our C functions use for -errno, into an error.
func checking<Result: FixedWidthInteger & SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String = "", _ result: Result
) throws(SysError) -> Result {
    if result < 0 { throw SysError(call, subject(), Errno(rawValue: Int32(-result))) }
    return result
}

internal import CSys
internal import Glibc

extension Kernel {
    /// Sets the process's name as `ps -e` shows it; at most 15 bytes of it.
    package static func setName(_ name: String) {
        // PR_SET_NAME
        name.withCString { _ = csys_prctl(15, UInt(bitPattern: $0)) }
    }

    /// Sets which permissions new files do not get: umask(2).
    package static func setFileCreationMask(_ mask: UInt32) { _ = umask(mask) }

    /// Lets the process write no core file; what it starts inherits that.
    package static func forbidCoreFiles() throws(SysError) {
        var limit = rlimit()
        _ = try retrying("getrlimit") {
            getrlimit(__rlimit_resource_t(UInt32(ResourceLimit.coreSize.rawValue)), &limit)
        }
        limit.rlim_cur = 0
        _ = try retrying("setrlimit") {
            setrlimit(__rlimit_resource_t(UInt32(ResourceLimit.coreSize.rawValue)), &limit)
        }
    }

    /// Lets the process open as many files as its hard limit allows.
    package static func raiseFileLimit() throws(SysError) {
        var limit = rlimit()
        _ = try retrying("getrlimit") {
            getrlimit(__rlimit_resource_t(UInt32(ResourceLimit.openFiles.rawValue)), &limit)
        }
        limit.rlim_cur = limit.rlim_max
        _ = try retrying("setrlimit") {
            setrlimit(__rlimit_resource_t(UInt32(ResourceLimit.openFiles.rawValue)), &limit)
        }
    }

    /// Lets the process group share a core with nobody else: prctl(2), PR_SCHED_CORE.
    package static func isolateCoreScheduling() throws(SysError) {
        _ = try retrying("prctl", "PR_SCHED_CORE") { csys_core_scheduling_group() }
    }
}

extension UnixSocket {
    /// The listening socket that this process was started with.
    ///
    /// - Throws: `Errno.badDescriptor` or `Errno.notSocket` for what is none, `Errno.invalid` for one that
    ///   does not listen.
    package static func inheritedListener(_ number: Int32) throws(SysError) -> OwnedFD {
        var listens: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        _ = try retrying("getsockopt", "descriptor \(number)") {
            getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size)
        }
        if listens == 0 { throw SysError("accept", "descriptor \(number)", .invalid) }
        let listener = OwnedFD(taking: number)
        try listener.setCloseOnExec(true)
        return listener
    }
}

extension File {
    /// Sets the permissions of a file.
    package static func setMode(_ path: String, _ mode: UInt32) throws(SysError) {
        _ = try retrying("chmod", path) { chmod(path, mode) }
    }
}

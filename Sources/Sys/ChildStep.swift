internal import CSys
internal import Glibc

/// The namespaces of namespaces(7), as clone(2) flags.
package struct Namespaces: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let mount = Namespaces(rawValue: 0x0002_0000)
    package static let cgroup = Namespaces(rawValue: 0x0200_0000)
    package static let uts = Namespaces(rawValue: 0x0400_0000)
    package static let ipc = Namespaces(rawValue: 0x0800_0000)
    package static let user = Namespaces(rawValue: 0x1000_0000)
    package static let pid = Namespaces(rawValue: 0x2000_0000)
    package static let network = Namespaces(rawValue: 0x4000_0000)
}

/// One thing that a child does between clone and exec, in the order of the plan's list.
package enum ChildStep: Sendable {
    /// Joins a namespace.
    case joinNamespace(OwnedFD, Namespaces)
    /// Becomes the leader of a new session.
    case newSession
    /// Makes a terminal the controlling terminal of the new session.
    case controllingTerminal(OwnedFD)
    /// Empties the supplementary groups.
    case clearGroups
    /// Sets real, effective and saved ids.
    case setIDs(uid: UInt32, gid: UInt32)
    /// Drops everything else from the bounding set.
    case keepBounding(CapabilitySet)
    /// Sets the capability sets of capabilities(7).
    case setCapabilities(effective: CapabilitySet, permitted: CapabilitySet, inheritable: CapabilitySet)
    /// Raises ambient capabilities, which must be permitted and inheritable.
    case raiseAmbient(CapabilitySet)
    case noNewPrivileges
    /// How much later than asked for timers may end, for the process and all that comes of it (PR_SET_TIMERSLACK).
    case timerSlack(microseconds: UInt32)
    /// Sets a resource limit; a refusal is passed over.
    case limit(ResourceLimit, soft: UInt64, hard: UInt64)
    /// Writes text to an open file, such as "0" to cgroup.procs.
    case write(String, to: OwnedFD, path: String)
    /// Makes a directory; one that is there is fine.
    case makeDirectory(String, mode: UInt32)
    case symlink(target: String, path: String)
    case mount(source: String?, target: String, type: String?, flags: MountFlags, data: String? = nil)
    /// Binds a host path to a place below a root that is resolved there when the step runs, so that no link in the
    /// root leads out of it.
    case bindInRoot(source: String, root: String, place: String, flags: MountFlags, propagation: MountFlags)
    case unmount(String, detach: Bool)
    case pivotRoot(newRoot: String, putOld: String)
    case changeDirectory(String)
    /// Forks a process that unmounts `target` when a byte comes through the pipe: the processes of runsc want such a
    /// child when they give up /proc.
    case unmountWhenTold(by: OwnedFD, target: String)

    func lower(_ arena: CStringArena) -> [csys_step] {
        var step = csys_step()
        step.fd = -1
        func make(_ kind: csys_step_kind, _ fill: (inout csys_step) -> Void = { _ in }) -> [csys_step] {
            step.kind = Int32(kind.rawValue)
            fill(&step)
            return [step]
        }
        switch self {
        case .joinNamespace(let fd, let type):
            return make(CSYS_SETNS) {
                $0.fd = fd.raw; $0.a = type.rawValue
            }
        case .newSession: return make(CSYS_SETSID)
        case .controllingTerminal(let fd): return make(CSYS_SETCTTY) { $0.fd = fd.raw }
        case .clearGroups: return make(CSYS_SETGROUPS_NONE)
        case .setIDs(let uid, let gid):
            return make(CSYS_SETGID) { $0.a = UInt64(gid) } + make(CSYS_SETUID) { $0.a = UInt64(uid) }
        case .keepBounding(let set): return make(CSYS_BOUNDING) { $0.a = set.rawValue }
        case .setCapabilities(let effective, let permitted, let inheritable):
            return make(CSYS_CAPSET) {
                $0.a = effective.rawValue
                $0.b = permitted.rawValue
                $0.c = inheritable.rawValue
            }
        case .raiseAmbient(let set): return make(CSYS_AMBIENT) { $0.a = set.rawValue }
        case .noNewPrivileges: return make(CSYS_NO_NEW_PRIVS)
        case .timerSlack(let microseconds):
            return make(CSYS_TIMER_SLACK) { $0.a = UInt64(microseconds) * 1000 }
        case .limit(let resource, let soft, let hard):
            return make(CSYS_RLIMIT) {
                $0.a = UInt64(resource.rawValue)
                $0.b = soft
                $0.c = hard
                $0.optional = 1
            }
        case .write(let text, let fd, _):
            return make(CSYS_WRITE) {
                $0.fd = fd.raw; $0.s1 = arena.string(text)
            }
        case .makeDirectory(let path, let mode):
            return make(CSYS_MKDIR) {
                $0.s1 = arena.string(path); $0.a = UInt64(mode)
            }
        case .symlink(let target, let path):
            return make(CSYS_SYMLINK) {
                $0.s1 = arena.string(target); $0.s2 = arena.string(path)
            }
        case .mount(let source, let target, let type, let flags, let data):
            return make(CSYS_MOUNT) {
                $0.s1 = source.map(arena.string) ?? nil
                $0.s2 = arena.string(target)
                $0.s3 = type.map(arena.string) ?? nil
                $0.s4 = data.map(arena.string) ?? nil
                $0.a = flags.rawValue
            }
        case .bindInRoot(let source, let root, let place, let flags, let propagation):
            return make(CSYS_BIND_IN_ROOT) {
                $0.s1 = arena.string(source)
                $0.s2 = arena.string(root)
                $0.s3 = arena.string(place)
                $0.a = flags.rawValue
                $0.b = propagation.rawValue
            }
        case .unmount(let target, let detach):
            return make(CSYS_UMOUNT) {
                $0.s1 = arena.string(target); $0.a = detach ? 2 : 0
            }
        case .pivotRoot(let newRoot, let putOld):
            return make(CSYS_PIVOT_ROOT) {
                $0.s1 = arena.string(newRoot); $0.s2 = arena.string(putOld)
            }
        case .changeDirectory(let path): return make(CSYS_CHDIR) { $0.s1 = arena.string(path) }
        case .unmountWhenTold(let fd, let target):
            return make(CSYS_UNMOUNT_ON_BYTE) {
                $0.fd = fd.raw; $0.s1 = arena.string(target)
            }
        }
    }
}

/// A resource of setrlimit(2).
package enum ResourceLimit: Int32, Sendable {
    case openFiles = 7
    case coreSize = 4
    case lockedMemory = 8
}

/// C strings that live as long as this does.
final class CStringArena {
    private var strings: [UnsafeMutablePointer<CChar>] = []

    deinit { for string in strings { free(string) } }

    func string(_ text: String) -> UnsafePointer<CChar>? {
        guard let copy = strdup(text) else { return nil }
        strings.append(copy)
        return UnsafePointer(copy)
    }

    /// A NULL-terminated vector of copies.
    func vector(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { UnsafeMutablePointer(mutating: string($0)) } + [nil]
    }
}

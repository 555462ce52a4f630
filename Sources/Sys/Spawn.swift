internal import CSys
internal import Glibc

/// A range of ids in a user namespace, as a line of /proc/PID/uid_map: user_namespaces(7).
package struct IDMapping: Sendable, Hashable {
    package let inside: UInt32
    package let outside: UInt32
    package let count: UInt32

    package init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }
}

/// Everything about a child process, written down before it exists.
package struct SpawnPlan: Sendable {
    /// The program; run by descriptor, so that it needs no path in the child's root.
    package var program: OwnedFD
    package var programPath: String
    /// Runs the program by its path after all, for a script: its interpreter gets no descriptor to open.
    package var runsByPath = false
    package var arguments: [String]
    package var environment: [String] = []
    /// Become 0, 1, 2 … of the program.
    ///
    /// Nothing else of ours is open in it.
    package var descriptors: [OwnedFD]
    /// New namespaces.
    ///
    /// With `.user`, the mappings below are written before any step runs.
    package var namespaces: Namespaces = []
    package var uidMappings: [IDMapping] = []
    package var gidMappings: [IDMapping] = []
    /// Lets the child call setgroups(2); the kernel wants it denied for an unprivileged group mapping.
    package var allowSetgroups = true
    /// Namespaces to be in when the child is cloned, so that a new user namespace does not shut them off.
    package var joinBeforeClone: [(name: String, namespace: OwnedFD)] = []
    /// A cgroup v2 directory to be cloned into.
    package var cgroup: OwnedFD?
    /// Registers the program for membarrier(2) before its first instruction.
    ///
    /// For programs that would do it themselves once they have threads, which then costs them a grace period. Where
    /// it cannot be done the program starts all the same.
    package var registersMembarrier = false
    package var steps: [ChildStep] = []

    package init(program: OwnedFD, path: String, arguments: [String], descriptors: [OwnedFD]) {
        self.program = program
        self.programPath = path
        self.arguments = arguments
        self.descriptors = descriptors
    }
}

/// A child that could not be started.
package struct SpawnError: Error, Sendable, Equatable, CustomStringConvertible {
    package let program: String
    /// What the launcher or the child was doing.
    package let stage: String
    package let code: Errno

    package var description: String { "start \(program): \(stage): \(code)" }
}

extension SpawnPlan {
    /// Starts the child, and returns once it has been cloned: `ChildProcess.executed()` tells whether it got as
    /// far as its program.
    package func spawn() throws -> ChildProcess {
        let failure = try Pipe()
        let traced = try registersMembarrier && CapabilitySet.effective().contains(.sysPtrace)
        let goAhead = traced || namespaces.contains(.user) ? try Pipe() : nil
        let arena = CStringArena()
        var lowered: [csys_step] = []
        var names: [String] = []
        if let goAhead {
            var await_ = csys_step()
            await_.kind = Int32(CSYS_AWAIT.rawValue)
            await_.fd = goAhead.read.raw
            await_.a = UInt64(goAhead.write.raw)
            lowered.append(await_)
            names.append("wait for the launcher")
        }
        for step in steps {
            let parts = step.lower(arena)
            lowered += parts
            names += Array(repeating: "\(step.summary)", count: parts.count)
        }
        let (pid, pidfd) = try clone(lowered, arena, failure.write)
        // Before anybody can reap the child, and its number be another's. A trace must have a capability that exec
        // can give a program, or the program would not get it.
        if traced { _ = csys_register_membarrier_at_exec(pid) }
        let child = ChildProcess(
            pid: pid, pidfd: pidfd, program: programPath, stages: names + ["place descriptors", "exec"],
            failure: failure.read)
        failure.write.close()
        if let goAhead {
            do {
                if namespaces.contains(.user) { try writeMappings(of: pid) }
                try File.write([1], to: goAhead.write)
            } catch {
                // The child is waiting for a byte that will not come.
                child.kill(SIGKILL)
                throw error
            }
        }
        return child
    }

    private func clone(
        _ steps: [csys_step], _ arena: CStringArena, _ errorFD: OwnedFD
    ) throws -> (Int32, AsyncFD) {
        var pidfd: Int32 = -1
        var failedJoin: Int32 = -1
        var placed = descriptors.map(\.raw)
        let joins = joinBeforeClone.map(\.namespace.raw)
        let path = runsByPath ? arena.string(programPath) : nil
        let argv = arena.vector(arguments)
        let envp = arena.vector(environment)
        let pid = steps.withUnsafeBufferPointer { steps in
            joins.withUnsafeBufferPointer { joins in
                argv.withUnsafeBufferPointer { argv in
                    envp.withUnsafeBufferPointer { envp in
                        placed.withUnsafeMutableBufferPointer { placed -> Int32 in
                            guard let argv = argv.baseAddress, let envp = envp.baseAddress,
                                let base = placed.baseAddress
                            else { return -EINVAL }
                            var child = csys_child(
                                clone_flags: namespaces.rawValue, cgroup_fd: cgroup?.raw ?? -1,
                                join_fds: joins.baseAddress, join_count: joins.count,
                                steps: steps.baseAddress, step_count: steps.count,
                                descriptors: base, descriptor_count: placed.count,
                                exec_fd: program.raw, exec_path: path, argv: argv, envp: envp,
                                error_fd: errorFD.raw)
                            return csys_spawn(&child, &pidfd, &failedJoin)
                        }
                    }
                }
            }
        }
        withExtendedLifetime((arena, self)) {}
        guard pid > 0 else {
            let stage = failedJoin >= 0 ? "join \(joinBeforeClone[Int(failedJoin)].name)" : "clone3"
            throw SpawnError(program: programPath, stage: stage, code: Errno(rawValue: -pid))
        }
        return (pid, try AsyncFD(OwnedFD(taking: pidfd)))
    }

    private func writeMappings(of pid: Int32) throws {
        func text(_ mappings: [IDMapping]) -> String {
            mappings.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
        }
        try File.write(text(uidMappings), toExisting: "/proc/\(pid)/uid_map")
        if !allowSetgroups { try File.write("deny", toExisting: "/proc/\(pid)/setgroups") }
        try File.write(text(gidMappings), toExisting: "/proc/\(pid)/gid_map")
    }
}

extension ChildStep {
    /// What the step does, for an error.
    var summary: String {
        switch self {
        case .joinNamespace: "join a namespace"
        case .newSession: "setsid"
        case .controllingTerminal: "set the controlling terminal"
        case .clearGroups: "clear the supplementary groups"
        case .setIDs(let uid, let gid): "become \(uid):\(gid)"
        case .keepBounding: "limit the bounding set"
        case .setCapabilities: "set capabilities"
        case .raiseAmbient: "raise ambient capabilities"
        case .timerSlack: "set the timer slack"
        case .noNewPrivileges: "set no_new_privs"
        case .limit(let resource, _, _): "set the limit \(resource)"
        case .write(_, _, let path): "write \(path)"
        case .makeDirectory(let path, _): "mkdir \(path)"
        case .symlink(_, let path): "symlink \(path)"
        case .mount(let source, let target, _, _, _): "mount \(source ?? "none") at \(target)"
        case .bindInRoot(let source, _, let place, _, _): "bind \(source) to \(place) of the root"
        case .unmount(let target, _): "umount \(target)"
        case .pivotRoot(let newRoot, _): "pivot_root \(newRoot)"
        case .changeDirectory(let path): "chdir \(path)"
        case .unmountWhenTold: "fork the unmounter"
        }
    }
}

/// How long the parts of a sandbox may take, before what waits for them fails.
package struct Bounds: Sendable, Equatable {
    /// The binary's answer to a question about itself.
    package var question: Duration = .seconds(10)
    /// A Sentry's start, from its clone until its control server answers; a gofer's, until its files are mounted.
    package var start: Duration = .seconds(30)
    /// Calls to the Sentry that load a program or end processes.
    package var work: Duration = .seconds(20)
    /// Calls that the Sentry answers from its own memory.
    package var answer: Duration = .seconds(5)
    /// The Sentry's answer to a signal; to SIGKILL, before it is killed itself.
    package var kill: Duration = .seconds(2)
    /// The end of a container whose Sentry has taken the SIGKILL, before the Sentry is killed itself.
    package var end: Duration = .seconds(10)
    /// The end of a killed process: the kernel may have to free all its memory.
    package var reap: Duration = .seconds(10)
    /// The end of a sandbox whose root container has exited: it writes back what it holds of the container's files.
    package var ownEnd: Duration = .seconds(2)
    /// The end of a sandbox that could not start: a failed Sentry stays for two seconds, for a client to ask it why.
    package var lastWords: Duration = .seconds(3)

    /// What systemd is asked for, and the job that it makes of it: as long as a kubelet's own requests take at times.
    package var unit: Duration = .seconds(20)

    /// The bounds of a production shim.
    package init() {}
}

import Shim

/// The shim that containerd runs: `start`, `delete`, and the daemon between them.
@main
enum Main {
    static func main() {
        Command(makeTasks: EmbeddedRuntime.tasks, destroy: EmbeddedRuntime.destroy).main()
    }
}

/// What the shim calls itself.
package enum ShimVersion {
    /// The runtime's name in containerd's configuration.
    package static let runtimeName = "io.containerd.runsc.v1"
    package static let program = "containerd-shim-runsc-v1"
    package static let version = "0.1.0"
    /// The process's name, which the kernel cuts at 15 bytes.
    package static let processName = "containerd-shim"

    /// The answer to `-v`, in the layout that containerd's shims use.
    package static func text(program: String) -> String {
        """
        \(program):
          Version:  \(version)
          Runtime:  \(runtimeName)


        """
    }
}

internal import CSys

/// A program that waits for ever, for the init process of a pod: 160 bytes, and no image to pull for it.
package enum PauseProgram {
    /// The ELF file, for this processor; it needs nothing of its root file system.
    package static var file: [UInt8] {
        var size = 0
        let start = csys_pause_program(&size)
        return Array(UnsafeRawBufferPointer(start: start, count: size))
    }
}

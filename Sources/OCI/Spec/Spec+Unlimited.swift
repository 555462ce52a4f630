// Limits that are put together by hand begin with none.

extension Spec.LinuxResources.Memory {
    /// No limits.
    package static var unlimited: Self { Self() }
}

extension Spec.LinuxResources.CPU {
    /// No limits.
    package static var unlimited: Self { Self(cpus: "", mems: "") }
}

extension Spec.LinuxResources.Pids {
    /// No limits.
    package static var unlimited: Self { Self() }
}

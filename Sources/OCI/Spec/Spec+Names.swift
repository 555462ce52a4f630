// The two parts of a spec that also come alone (an exec request, an update request), under the names by which the
// layers above speak of them. The other parts stay nested: a bare `Mount` would collide with that of Sys.

/// A process of a container, see `Spec.Process`.
package typealias Process = Spec.Process

/// Limits of a container, see `Spec.LinuxResources`.
package typealias LinuxResources = Spec.LinuxResources

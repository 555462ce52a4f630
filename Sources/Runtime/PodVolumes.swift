import OCI
import Sys

/// What a shim knows of a pod's volumes, and the Sentry has to be told.
///
/// Whoever admits a pod annotates its emptyDirs (`dev.gvisor.spec.mount.NAME.share`, `.type`, `.options`), but cannot know
/// where on the host they will be. The rules are those of gVisor's own shim.
struct PodVolumes: Sendable {
    /// Where the kubelet keeps what belongs to pods: `POD-UID/volumes/KIND/NAME`.
    var kubelet = "/var/lib/kubelet/pods"

    private static let emptyDir = "kubernetes.io~empty-dir"
    private static let sharedMemory = "/dev/shm"
    /// The name of the volume that is a pod's /dev/shm.
    static let sharedMemoryName = "sandbox-shm"

    // MARK: - The root container, whose annotations hold for all

    /// Completes the annotations of a root container.
    ///
    /// - Throws: `RuntimeError` for a volume that the kubelet does not have, or has twice; `SpecError`, `SysError`.
    func complete(_ document: inout SpecDocument) throws {
        try findSources(&document)
        try keepSharedMemoryInside(&document)
    }

    private func findSources(_ document: inout SpecDocument) throws {
        let annotations = document.spec.annotations
        let prefix = Annotations.Key.mountPrefix
        guard let pod = podUID(annotations) else { return }
        for key in annotations.keys.sorted() where key.hasPrefix(prefix) && key.hasSuffix(".type") {
            let name = String(key.dropFirst(prefix.count).dropLast(".type".count))
            guard !name.isEmpty, !name.contains("."), annotations["\(prefix)\(name).source"] == nil else {
                continue
            }
            let source = try find(name, of: pod)
            document.setAnnotation("\(prefix)\(name).source", source)
            guard source.contains("/\(Self.emptyDir)/") else { continue }
            // What has files in it already, others than the Sentry put there, and will want to see those that come.
            let isOwn = try !isShared(name, annotations) && isEmpty(source)
            document.setAnnotation(key, isOwn ? "tmpfs" : "bind")
            if !isOwn { document.setAnnotation("\(prefix)\(name).share", "shared") }
        }
    }

    private func podUID(_ annotations: [String: String]) -> String? {
        if let uid = annotations[Annotations.Key.sandboxUID], !uid.isEmpty { return uid }
        // NAMESPACE_NAME_UID, or the uid alone.
        let directory = annotations[Annotations.Key.sandboxLogDirectory] ?? ""
        return directory.split(separator: "/").last?.split(separator: "_").last.map(String.init)
    }

    private func find(_ name: String, of pod: String) throws(RuntimeError) -> String {
        let directory = "\(kubelet)/\(pod)/volumes"
        let found = ((try? Directory.list(directory)) ?? []).map { "\(directory)/\($0)/\(name)" }
            .filter(File.exists)
        guard found.count == 1 else {
            throw RuntimeError(
                .invalid,
                "config.json: annotations.\(Annotations.Key.mountPrefix)\(name): "
                    + "expected one volume of the name in \(directory), found \(found.count)")
        }
        return found[0]
    }

    private func isShared(_ name: String, _ annotations: [String: String]) -> Bool {
        let value = annotations["dev.gvisor.empty-dir.\(name).force-shared"] ?? ""
        return ["1", "t", "T", "true", "True", "TRUE"].contains(value)
    }

    private func isEmpty(_ directory: String) throws(SysError) -> Bool {
        try Directory.list(directory).allSatisfy { $0.hasPrefix(".gvisor.filestore.") }
    }

    /// Makes /dev/shm a file system of the sandbox's, where it is a directory of the host that the containers of a pod share.
    ///
    /// The C libraries of old want a tmpfs there (shm_open(3) fails elsewhere), and memory that is shared through a gofer
    /// is slow. A container that has the host's own means just that, and one of no pod whatever it has.
    private func keepSharedMemoryInside(_ document: inout SpecDocument) throws {
        guard Annotations(document.spec.annotations).isOfPodSandbox,
            let mount = Self.sharedMemory(of: document.spec),
            try MountHints(document.spec.annotations).hint(for: mount.source) == nil
        else { return }
        let size = Self.size(of: mount.source, in: try MountTable.current())
        for (field, value) in [
            "source": mount.source, "type": "tmpfs", "share": "pod",
            // What one container may do with it, its own mount says.
            "options": size.map { "rw,size=\($0)" } ?? "rw",
        ] {
            document.setAnnotation("\(Annotations.Key.mountPrefix)\(Self.sharedMemoryName).\(field)", value)
        }
        try Self.replaceSharedMemory(&document, mount.source)
    }

    private static func sharedMemory(of spec: Spec) -> Spec.Mount? {
        spec.mounts.first {
            $0.destination == sharedMemory && $0.isServedByGofer && $0.source != sharedMemory
        }
    }

    /// The size that a memory file system was given, in the words of its mount; nil for another one.
    static func size(of source: String, in table: MountTable) -> String? {
        table.entries.last { $0.path == source && $0.type == "tmpfs" }?.fileSystemOptions
            .first { $0.hasPrefix("size=") }.map { String($0.dropFirst("size=".count)) }
    }

    // MARK: - All containers

    /// Gives the mounts of a container that joins the types that make them the sandbox's own.
    func use(_ hints: MountHints, in document: inout SpecDocument) throws {
        if let mount = Self.sharedMemory(of: document.spec),
            hints.hint(for: mount.source)?.name == Self.sharedMemoryName
        {
            try Self.replaceSharedMemory(&document, mount.source)
        }
        // An emptyDir in memory is a bind mount to the kubelet, too.
        let inMemory = hints.hints.filter { hint in
            hint.isOneForAll && hint.source.hasPrefix(kubelet + "/")
                && document.spec.annotations["\(Annotations.Key.mountPrefix)\(hint.name).type"] == "tmpfs"
        }
        try document.mountInMemory(inMemory.map(\.source))
    }

    private static func replaceSharedMemory(_ document: inout SpecDocument, _ source: String)
        throws(SpecError)
    {
        try document.mountInMemory([source])
        let mounts = document.spec.mounts
        // One of the container's own would hide it.
        let kept = zip(document.raw["mounts"]?.array ?? [], mounts).filter { _, mount in
            mount.destination != sharedMemory || mount.source == source
        }
        try document.replaceMounts(.array(kept.map(\.0)))
    }
}

"""A small client of containerd's CRI socket: pods and containers for one test, removed at its end."""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid

import grpc


def _stubs():
    """The stubs of api.proto, generated for this run."""
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as out:
        from grpc_tools import protoc

        code = protoc.main(["protoc", f"-I{here}", f"--python_out={out}", f"--grpc_python_out={out}",
                            os.path.join(here, "api.proto")])
        assert code == 0, "api.proto does not compile"
        sys.path.insert(0, out)
        import api_pb2
        import api_pb2_grpc
    return api_pb2, api_pb2_grpc


api, services = _stubs()


class Node:
    """A containerd, as a kubelet sees it."""

    def __init__(self, socket, directory, cgroup_parent, image):
        self.socket, self.directory, self.cgroup_parent, self.image = socket, directory, cgroup_parent, image
        self.pods = []
        self.connect()

    def connect(self):
        channel = grpc.insecure_channel("unix://" + self.socket)
        grpc.channel_ready_future(channel).result(timeout=20)
        self.runtime = services.RuntimeServiceStub(channel)
        self.images = services.ImageServiceStub(channel)
        # An import is noticed by the CRI plug-in a moment later.
        request = api.ImageStatusRequest(image=api.ImageSpec(image=self.image))

        def known():
            try:
                return self.images.ImageStatus(request, timeout=10).HasField("image")
            except grpc.RpcError as error:
                assert "not initialized" in error.details(), error
                return False

        until(known, "the image", 20)

    def call(self, method, request, timeout=60):
        return getattr(self.runtime, method)(request, timeout=timeout)

    def pod(self, **options):
        pod = Pod(self, **options)
        self.pods.append(pod)
        pod.run()
        return pod

    def clean(self):
        for pod in list(self.pods):
            pod.remove()

    def shims(self):
        """The pids of the shims of this containerd."""
        return [pid for pid, words in processes() if words[0].endswith("containerd-shim-runsc-v1")
                and self.socket in words and "start" not in words]


class Pod:
    def __init__(self, node, host_network=False, annotations=None, resources=None, hostname="pod", pid=api.CONTAINER,
                 slices=False, dns=None):
        self.node, self.uid, self.id = node, uuid.uuid4().hex, None
        self.logs = os.path.join(node.directory, "logs", self.uid)
        os.makedirs(self.logs, exist_ok=True)
        mode = api.NODE if host_network else api.POD
        # As a kubelet does it by itself, or with systemd.
        parents = slice_path(f"{node.cgroup_parent}-pod{self.uid}") if slices else [f"/{node.cgroup_parent}/pod{self.uid}"]
        linux = api.LinuxPodSandboxConfig(
            cgroup_parent=parents[-1],
            security_context=api.LinuxSandboxSecurityContext(
                namespace_options=api.NamespaceOption(network=mode, pid=pid)))
        if resources:
            linux.resources.CopyFrom(api.LinuxContainerResources(**resources))
        self.cgroups = [root + parent for root in cgroup_roots() for parent in reversed(parents)]
        self.config = api.PodSandboxConfig(
            metadata=api.PodSandboxMetadata(name="pod-" + self.uid[:8], uid=self.uid, namespace="default", attempt=1),
            hostname="" if host_network else hostname, log_directory=self.logs, linux=linux,
            annotations=annotations or {})
        if dns:
            self.config.dns_config.CopyFrom(api.DNSConfig(**dns))
        self.containers = []

    def run(self):
        # A kubelet makes the pod's cgroup, and removes it when nothing is in it any more.
        for path in reversed(self.cgroups):
            os.makedirs(path, exist_ok=True)
        request = api.RunPodSandboxRequest(config=self.config, runtime_handler="runsc")
        self.id = self.node.call("RunPodSandbox", request).pod_sandbox_id

    def container(self, name, command, start=True, attempt=0, oom_score_adj=0, **options):
        resources = api.LinuxContainerResources(oom_score_adj=oom_score_adj, **options.pop("resources", {}))
        config = api.ContainerConfig(
            metadata=api.ContainerMetadata(name=name, attempt=attempt),
            image=api.ImageSpec(image=self.node.image), command=command,
            log_path=f"{name}-{attempt}.log",
            linux=api.LinuxContainerConfig(
                resources=resources, security_context=api.LinuxContainerSecurityContext(
                    namespace_options=self.config.linux.security_context.namespace_options)), **options)
        created = self.node.call("CreateContainer", api.CreateContainerRequest(
            pod_sandbox_id=self.id, config=config, sandbox_config=self.config))
        container = Container(self, created.container_id, os.path.join(self.logs, config.log_path))
        self.containers.append(container)
        if start:
            container.start()
        return container

    def status(self):
        return self.node.call("PodSandboxStatus", api.PodSandboxStatusRequest(pod_sandbox_id=self.id, verbose=True))

    @property
    def ip(self):
        return self.status().status.network.ip

    def stats(self):
        return self.node.call("PodSandboxStats", api.PodSandboxStatsRequest(pod_sandbox_id=self.id)).stats

    def stop(self):
        self.node.call("StopPodSandbox", api.StopPodSandboxRequest(pod_sandbox_id=self.id))

    def remove(self):
        if self.id:
            self.stop()
            self.node.call("RemovePodSandbox", api.RemovePodSandboxRequest(pod_sandbox_id=self.id))
            self.node.pods.remove(self)
            for path in self.cgroups:
                until(lambda: remove_cgroup(path), f"end of {path}: {os.listdir(path)}")
            self.id = None


class Container:
    def __init__(self, pod, id, log):
        self.pod, self.id, self.log, self.call = pod, id, log, pod.node.call

    def start(self):
        self.call("StartContainer", api.StartContainerRequest(container_id=self.id))

    def status(self):
        return self.call("ContainerStatus", api.ContainerStatusRequest(container_id=self.id)).status

    def exited(self, within=20):
        """The status once the container has exited."""
        return until(lambda: (lambda s: s if s.state == api.CONTAINER_EXITED else None)(self.status()),
                     f"the exit of {self.id}", within)

    def running(self):
        return self.status().state == api.CONTAINER_RUNNING

    def exec(self, *command, timeout=20):
        """The output, the errors and the exit code of a command."""
        answer = self.call("ExecSync", api.ExecSyncRequest(container_id=self.id, cmd=command, timeout=timeout))
        return answer.stdout.decode(), answer.stderr.decode(), answer.exit_code

    def output(self):
        """What the log has, by stream."""
        streams = {"stdout": "", "stderr": ""}
        with open(self.log) as log:
            for line in log:
                _, stream, tag, text = line.rstrip("\n").split(" ", 3)
                streams[stream] += text + ("\n" if tag == "F" else "")
        return streams

    def stats(self):
        return self.call("ContainerStats", api.ContainerStatsRequest(container_id=self.id)).stats

    def update(self, **resources):
        self.call("UpdateContainerResources", api.UpdateContainerResourcesRequest(
            container_id=self.id, linux=api.LinuxContainerResources(**resources)))

    def stop(self, timeout=5):
        self.call("StopContainer", api.StopContainerRequest(container_id=self.id, timeout=timeout))

    def remove(self):
        self.call("RemoveContainer", api.RemoveContainerRequest(container_id=self.id))


def cgroup_roots():
    """Where each hierarchy with controllers is mounted."""
    with open("/proc/self/mountinfo") as file:
        mounts = [(line.split(" - ")[1].split()[0], line.split()[4]) for line in file]
    first = [path for kind, path in mounts if kind == "cgroup"]
    return first or [path for kind, path in mounts if kind == "cgroup2"]


def slice_path(name):
    """The cgroups of a slice and of those that it is in, the outermost first."""
    parts, path, paths = name.split("-"), "", []
    for count in range(1, len(parts) + 1):
        path += "/" + "-".join(parts[:count]) + ".slice"
        paths.append(path)
    return paths


def remove_cgroup(path):
    try:
        os.rmdir(path)
        return True
    except FileNotFoundError:
        return True
    except OSError:
        return False


def until(condition, what, within=10):
    """The first true value of a condition that nobody reports: asked for, with a bound."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"no {what} within {within} s"
        time.sleep(0.02)


def processes():
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words[0]:
                yield int(entry), words


def sandbox_pid(pod):
    """The pid of the Sentry on the host."""
    return json.loads(pod.status().info["info"])["pid"]


def shell(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

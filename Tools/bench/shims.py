"""A shim under measurement, and a container in it: what containerd does, without containerd."""

import json
import os
import shutil
import signal
import subprocess
import time

from ttrpc import Client, RPCError, message

TASK = "containerd.task.v2.Task"
PROCESS = "types.containerd.io/opencontainers/runtime-spec/1/Process"


class Shim:
    """One of the shims to compare: its name, its program, and the directory of the runtime that it is to find."""

    def __init__(self, text):
        name, _, rest = text.partition("=")
        program, _, runtime = rest.partition(",")
        self.name, self.program, self.runtime = name, os.path.abspath(program), runtime
        if not os.access(self.program, os.X_OK):
            raise SystemExit(f"bench: {name}: {self.program} is not there")
        # gVisor's own shim and ours take their configuration in a message of this type; runc's takes none.
        self.options = b""
        if runtime and "runsc" in os.path.basename(self.program):
            body = f'binary_name = "{os.path.abspath(runtime)}/runsc"\n' + Shim.extra
            value = message(f1="io.containerd.runsc.v1.options", f3=body)
            self.options = message(f1="runtimeoptions.v1.Options", f2=value)

    extra = ""


class Place:
    """The files of a run: an image's layer, the bundles of containers, the sink of events."""

    namespace = f"bench-{os.getpid()}"

    def __init__(self, directory):
        self.directory = directory
        self.layer = f"{directory}/layer"
        self.sink = f"{directory}/events.sock"
        os.makedirs(f"{self.layer}/bin")
        for name in ("proc", "sys", "dev", "tmp", "etc", "run"):
            os.mkdir(f"{self.layer}/{name}")
        shutil.copy(shutil.which("busybox", path="/bin:/usr/bin"), f"{self.layer}/bin/busybox")
        for applet in ("sh", "true", "sleep", "dd", "cat", "echo"):
            os.symlink("busybox", f"{self.layer}/bin/{applet}")
        # What containerd gives a container by default, with its mounts, capabilities and limits.
        self.spec = json.loads(subprocess.check_output(["ctr", "oci", "spec"]))

    def bundle(self, name, arguments, annotations=None):
        """Makes a bundle with an overlay root of its own; gives its path and the mounts for Create."""
        path = f"{self.directory}/{name}"
        for part in ("rootfs", "upper", "work"):
            os.makedirs(f"{path}/{part}")
        spec = json.loads(json.dumps(self.spec))
        spec["process"].update(args=arguments, terminal=False, env=["PATH=/bin"])
        spec["root"] = {"path": "rootfs"}
        spec["annotations"] = annotations or {}
        spec["linux"]["cgroupsPath"] = f"/{self.namespace}/{name}"
        with open(f"{path}/config.json", "w") as file:
            json.dump(spec, file)
        options = [f"lowerdir={self.layer}", f"upperdir={path}/upper", f"workdir={path}/work"]
        return path, message(f1="overlay", f2="overlay", f4=options)


class Container:
    """A container through one shim of its own, from `start` to the shim's end. Every step is one call.

    With a `client` it is one more container of the shim at its other end.
    """

    def __init__(self, shim, place, name, arguments=("sleep", "1000"), stdout="", annotations=None, client=None):
        self.shim, self.place, self.id, self.stdout = shim, place, name, stdout
        self.bundle, self.mount = place.bundle(name, list(arguments), annotations)
        self.client = client
        self.execs = 0

    def launch(self):
        """The `start` action: containerd runs the shim's program, which leaves a daemon behind."""
        # containerd gives every bundle a fifo for the shim's log, and reads it.
        os.mkfifo(f"{self.bundle}/log")
        self.log = os.open(f"{self.bundle}/log", os.O_RDWR | os.O_NONBLOCK)
        environment = dict(os.environ, TTRPC_ADDRESS=self.place.sink, MAX_SHIM_VERSION="2")
        environment["PATH"] = ":".join(filter(None, [self.shim.runtime, os.environ["PATH"]]))
        answer = subprocess.run(
            [self.shim.program, "-namespace", self.place.namespace, "-id", self.id, "-address", self.place.sink,
             "-publish-binary", "/bin/true", "start"],
            cwd=self.bundle, env=environment, input=self.shim.options, capture_output=True, timeout=30)
        if answer.returncode:
            raise SystemExit(f"bench: {self.shim.name}: start: {answer.stderr.decode()}")
        text = answer.stdout.decode().strip()
        address = json.loads(text)["address"] if text.startswith("{") else text
        self.client = Client(address.removeprefix("unix://"), TASK)

    def create(self):
        request = message(f1=self.id, f2=self.bundle, f3=[self.mount], f6=self.stdout,
                          f7=self.stdout and "/dev/null", f10=self.shim.options)
        self.pid = self.client.call("Create", request)[1]

    def start(self):
        self.client.call("Start", message(f1=self.id))

    def state(self):
        return self.client.call("State", message(f1=self.id))

    def stats(self):
        self.client.call("Stats", message(f1=self.id))

    def exec(self):
        """Runs `true` in the container: Exec, Start and Wait."""
        self.execs += 1
        name = f"e{self.execs}"
        process = dict(self.place.spec["process"], args=["true"], terminal=False, env=["PATH=/bin"])
        spec = message(f1=PROCESS, f2=json.dumps(process))
        self.client.call("Exec", message(f1=self.id, f2=name, f7=spec))
        self.client.call("Start", message(f1=self.id, f2=name))
        self.client.call("Wait", message(f1=self.id, f2=name))
        return name

    def forget(self, name):
        self.client.call("Delete", message(f1=self.id, f2=name))

    def kill(self):
        """SIGKILL, until the end is known to one who waits as containerd does."""
        wait = self.client.send("Wait", message(f1=self.id))
        self.client.call("Kill", message(f1=self.id, f3=int(signal.SIGKILL)))
        self.client.receive(wait)

    def wait(self):
        self.client.call("Wait", message(f1=self.id))

    def delete(self):
        self.client.call("Delete", message(f1=self.id))

    def shut_down(self):
        self.client.send("Shutdown", message(f1=self.id))
        try:
            while True:
                self.client.pump()
        except (OSError, RPCError):
            self.client.close()
        os.close(self.log)
        shutil.rmtree(self.bundle, ignore_errors=True)

    def leave(self):
        """Ends a container of a pod whose shim goes on; a step that fails is left to the end of the pod."""
        for step in (self.kill, self.delete):
            try:
                step()
            except Exception:
                pass
        shutil.rmtree(self.bundle, ignore_errors=True)

    def shim_pid(self):
        return self.client.call("Connect", message(f1=self.id))[1]

    def rescue(self):
        """After a failed step: whatever can be taken away is."""
        for step in (self.kill, self.delete, self.shut_down):
            try:
                step()
            except Exception:
                pass


def clear(place):
    """Removes what containers of a run share: their parent cgroup and the runtimes' directories."""
    time.sleep(0.2)
    for root in ["/sys/fs/cgroup"] + [f"/sys/fs/cgroup/{name}" for name in os.listdir("/sys/fs/cgroup")]:
        remove(f"{root}/{place.namespace}")
    for path in (f"/run/containerd/runsc/{place.namespace}", f"/run/containerd/runc/{place.namespace}"):
        remove(path)


def remove(path):
    try:
        os.rmdir(path)
    except OSError:
        pass

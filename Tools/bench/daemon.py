"""The whole way: `ctr run --rm` through a containerd of the benchmark's own."""

import os
import shutil
import subprocess
import time

IMAGE = "localhost/busybox:latest"
PLUGINS = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
           "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
           "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp",
           "io.containerd.internal.v1.tracing"]


class Containerd:
    """A running containerd, with a directory in its PATH where each shim has a runtime's name."""

    def __init__(self, program, shims, place):
        self.program, self.place = program, place
        self.directory = f"{place.directory}/{os.path.basename(os.path.dirname(program))}-{id(self)}"
        self.socket = f"{self.directory}/c.sock"
        os.makedirs(f"{self.directory}/bin")
        for shim in shims:
            os.symlink(shim.program, f"{self.directory}/bin/containerd-shim-{shim.name}-v2")
            if shim.runtime:
                with open(f"{self.directory}/{shim.name}.toml", "w") as file:
                    file.write(f'binary_name = "{os.path.abspath(shim.runtime)}/runsc"\n')
        with open(f"{self.directory}/config.toml", "w") as file:
            file.write(f'version = 2\nroot = "{self.directory}/root"\nstate = "{self.directory}/state"\n'
                       f"disabled_plugins = {PLUGINS}\n[grpc]\naddress = \"{self.socket}\"\n"
                       f"[ttrpc]\naddress = \"{self.socket}.ttrpc\"\n".replace("'", '"'))
        # The runtime first, then this containerd's own directory, so that its own shims are found.
        runtimes = [shim.runtime for shim in shims if shim.runtime]
        path = [f"{self.directory}/bin", *runtimes, os.path.dirname(program), os.environ["PATH"]]
        self.environment = dict(os.environ, PATH=":".join(path), CONTAINERD_NAMESPACE=place.namespace,
                                CONTAINERD_ADDRESS=self.socket)
        self.log = open(f"{self.directory}/log", "wb")
        self.process = subprocess.Popen([program, "--config", f"{self.directory}/config.toml"],
                                        env=self.environment, stdout=self.log, stderr=self.log)
        try:
            self.settle()
        except BaseException:
            self.stop()
            raise

    def settle(self):
        deadline = time.monotonic() + 20
        while self.ctr("version").returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"bench: {self.program} does not serve: see {self.directory}/log")
            time.sleep(0.1)
        archive = f"{self.place.directory}/busybox.tar"
        if not os.path.exists(archive):
            script = os.path.join(os.path.dirname(__file__), "..", "build-image.sh")
            subprocess.run([script, archive, IMAGE], check=True)
        if (answer := self.ctr("images", "import", archive)).returncode:
            raise SystemExit(f"bench: import: {answer.stderr.decode()}")

    def ctr(self, *arguments):
        return subprocess.run(["ctr", *arguments], env=self.environment, capture_output=True, timeout=60)

    def version(self):
        words = subprocess.check_output([self.program, "--version"], text=True).split()
        return words[2].lstrip("v").split("~")[0]

    def run(self, shim, name):
        """The milliseconds of a container that runs `true`, from the command to its end."""
        flags = ["--runtime", f"io.containerd.{shim.name}.v2", "--fifo-dir", f"{self.directory}/f"]
        if shim.runtime:
            flags += ["--runtime-config-path", f"{self.directory}/{shim.name}.toml"]
        begin = time.perf_counter()
        answer = self.ctr("run", "--rm", *flags, IMAGE, name, "true")
        took = (time.perf_counter() - begin) * 1000
        if answer.returncode:
            raise SystemExit(f"bench: ctr run with {shim.name}: {answer.stderr.decode()}")
        return took

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

"""What a kubelet does with pods in gVisor, driven through containerd's CRI socket.

    scenarios.py SCENARIO SOCKET DIRECTORY CGROUP_PARENT IMAGE

A scenario is a function of this file. It fails by an exception. "restart" asks for the restart of containerd by a line
on its standard output, and goes on when a line comes back.
"""

import os
import signal
import sys
import threading
import time

import grpc

from client import Node, api, cgroup_roots, sandbox_pid, until
from streaming import RESIZE, STDERR, STDIN, STDOUT, Stream

IDLE = ["sleep", "600"]


def pod(node):
    """Two containers, one shim, one sandbox; output, codes, stop and removal of each alone."""
    pod = node.pod(hostname="a-pod")
    first = pod.container("first", IDLE)
    second = pod.container("second", ["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert len(node.shims()) == 1, node.shims()
    assert second.exited().exit_code == 7
    assert second.status().reason == "Error", second.status()
    until(lambda: second.output() == {"stdout": "out\n", "stderr": "err\n"}, f"log: {second.output()}")
    assert first.exec("hostname")[0] == "a-pod\n"
    assert first.exec("sh", "-c", "echo o; echo e >&2; exit 3") == ("o\n", "e\n", 3)
    assert "Starting gVisor" in first.exec("dmesg")[0]
    second.remove()
    assert first.running()
    first.stop(timeout=0)
    assert first.status().exit_code == 137, first.status()
    first.remove()
    pid = sandbox_pid(pod)
    assert pid in [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    pod.stop()
    pod.remove()
    until(lambda: not node.shims(), "end of the shim")


def again(node):
    """A container ends, is started anew under the same name, and removed while it runs."""
    pod = node.pod()
    other = pod.container("other", IDLE)
    for attempt in range(3):
        container = pod.container("again", ["sh", "-c", f"echo {attempt}; exit {attempt}"], attempt=attempt)
        assert container.exited().exit_code == attempt
        until(lambda: container.output()["stdout"] == f"{attempt}\n", "log")
        container.remove()
    running = pod.container("again", IDLE, attempt=3)
    running.remove()
    assert other.running()
    assert len(node.shims()) == 1, node.shims()
    # Of one whose program is not there the creation or the start fails, and the pod goes on.
    try:
        pod.container("again", ["/no/such/program"], attempt=4)
        raise AssertionError("a container without its program was started")
    except Exception as error:
        assert "/no/such/program" in str(error), error
    assert pod.container("again", ["true"], attempt=5).exited().exit_code == 0


def terminate(node):
    """A stop sends SIGTERM, waits, and then kills."""
    pod = node.pod()
    polite = pod.container("polite", ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.1; done"])
    until(lambda: "ready" in polite.output()["stdout"], "start")
    polite.stop(timeout=20)
    assert polite.status().exit_code == 5, polite.status()
    deaf = pod.container("deaf", ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"])
    until(lambda: "ready" in deaf.output()["stdout"], "start")
    begin = time.monotonic()
    deaf.stop(timeout=1)
    assert 0.9 < time.monotonic() - begin < 10
    assert deaf.status().exit_code == 137, deaf.status()


def exec_sync(node):
    """Many probes at once keep their codes; one that takes too long is ended; the output of a short one is whole."""
    container = node.pod().container("probed", IDLE)
    results = {}

    def probe(index):
        results[index] = container.exec("sh", "-c", f"echo {index}; exit {index}")

    threads = [threading.Thread(target=probe, args=(index,)) for index in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {index: (f"{index}\n", "", index) for index in range(10)}, results
    out, _, code = container.exec("sh", "-c", "seq 1 100000")
    assert (len(out), code) == (588895, 0), (len(out), code)
    begin = time.monotonic()
    try:
        container.exec("sleep", "61", timeout=1)
        raise AssertionError("the probe did not end")
    except Exception as error:
        assert "timeout" in str(error) or "deadline" in str(error).lower(), error
    assert time.monotonic() - begin < 10
    assert "sleep 61" not in container.exec("ps")[0]


def exec_stream(node):
    """A streamed exec: input, both outputs, exit code; a terminal that is resized."""
    container = node.pod().container("host", IDLE)

    def begin(*command, **options):
        return Stream(container.call("Exec", api.ExecRequest(
            container_id=container.id, cmd=command, **options)).url)

    stream = begin("sh", "-c", "read word; echo got $word; echo err >&2; exit 4", stdin=True, stdout=True, stderr=True)
    stream.send(STDIN, b"this\n")
    assert stream.finish() == 4
    assert stream.received[STDOUT] == b"got this\n" and stream.received[STDERR] == b"err\n", stream.received
    script = "until stty size | grep '44 122'; do sleep 0.1; done; read word; exit 6"
    stream = begin("sh", "-c", script, stdin=True, stdout=True, tty=True)
    stream.send(RESIZE, b'{"Width":122,"Height":44}')
    stream.wait(STDOUT, b"44 122")
    stream.send(STDIN, b"end\n")
    assert stream.finish() == 6
    stream = begin("sh", "-c", "seq 1 200000", stdout=True)
    assert stream.finish() == 0
    assert len(stream.received[STDOUT]) == 1288895, len(stream.received[STDOUT])


def attach(node):
    """Attaching to a container's streams, with and without a terminal."""
    pod = node.pod()
    script = "while read line; do echo got $line; test $line = end && exit 8; done"
    for tty in (False, True):
        # Without stdin_once containerd drops what comes after the first end of the two outputs.
        container = pod.container(f"tty-{tty}".lower(), ["sh", "-c", script], stdin=True, stdin_once=not tty, tty=tty)
        url = container.call("Attach", api.AttachRequest(
            container_id=container.id, stdin=True, stdout=True, stderr=not tty, tty=tty)).url
        stream = Stream(url)
        for word in ("one", "end"):
            stream.send(STDIN, word.encode() + b"\n")
            stream.wait(STDOUT, b"got " + word.encode())
        stream.close()
        assert container.exited().exit_code == 8
        until(lambda: "got end" in container.output()["stdout"], "log")


def stats(node):
    """Numbers of a container and of the pod, that grow, and that a stopped container does not lose."""
    pod = node.pod()
    busy = pod.container("busy", ["sh", "-c", "while :; do :; done"])
    idle = pod.container("idle", IDLE)

    def used(container):
        return container.stats().cpu.usage_core_nano_seconds.value

    # The Sentry counts by its clock: where others keep the processors busy, the beginning of the idle one costs much, too.
    for growth in ("that of the beginning", "that of one which is busy beside one which is not"):
        first, of_idle = used(busy), used(idle)
        until(lambda: used(busy) > first + 200_000_000, "growing CPU time: " + growth, 20)
    assert used(idle) - of_idle < (used(busy) - first) / 2, (of_idle, used(idle), first, used(busy))
    assert busy.stats().memory.working_set_bytes.value > 0
    numbers = pod.stats().linux
    assert numbers.cpu.usage_core_nano_seconds.value > 0 and numbers.memory.working_set_bytes.value > 0, numbers
    busy.exec("ping", "-c", "1", pod.ip)
    assert numbers.network.default_interface.name == "eth0", numbers.network
    # All its processes are in the Sentry, which is counted for the pod.
    assert numbers.process.process_count.value > 0, numbers.process
    busy.stop(timeout=0)
    assert idle.stats().cpu.usage_core_nano_seconds.value >= 0


def memory_limit(pod):
    """The limit of the sandbox's cgroup in bytes."""
    pid = sandbox_pid(pod)
    with open(f"/proc/{pid}/cgroup") as file:
        paths = dict(line.rstrip().split(":", 2)[1:] for line in file)
    if "memory" in paths:
        path = f"/sys/fs/cgroup/memory{relative(paths['memory'])}/memory.limit_in_bytes"
    else:
        path = f"/sys/fs/cgroup{relative(paths[''])}/memory.max"
    with open(path) as file:
        text = file.read().strip()
    return None if text == "max" or int(text) >= 1 << 62 else int(text)


def relative(path):
    """A path as the mount of the hierarchy shows it: in a container that is only a part."""
    with open("/proc/self/mountinfo") as file:
        roots = [line.split()[3] for line in file if "/sys/fs/cgroup/memory" in line]
    for root in roots:
        if root != "/" and path.startswith(root):
            return path[len(root):]
    return path


def update(node):
    """An update of a container's resources is kept, and the sandbox's limit follows the pod's containers."""
    pod = node.pod()
    mega = 1 << 20
    first = pod.container("first", IDLE, resources={"memory_limit_in_bytes": 256 * mega, "cpu_shares": 512})
    second = pod.container("second", IDLE, resources={"memory_limit_in_bytes": 128 * mega})
    first.update(memory_limit_in_bytes=300 * mega, cpu_shares=512)
    assert first.status().resources.linux.memory_limit_in_bytes in (0, 300 * mega), first.status().resources
    # What the sandbox needs for itself comes on top.
    own = memory_limit(pod) - (300 + 128) * mega
    assert 0 < own < 100 * mega, own
    second.update(cpu_shares=256)
    assert memory_limit(pod) == (300 + 128) * mega + own, memory_limit(pod)
    assert first.running() and second.running()
    assert first.exec("true")[2] == 0
    # One without a limit takes the pod's away, as long as it is there.
    third = pod.container("third", IDLE)
    assert memory_limit(pod) is None, memory_limit(pod)
    third.stop(timeout=0)
    assert memory_limit(pod) >= (300 + 128) * mega, memory_limit(pod)
    # That of the pod, if it has one, is the sum alone.
    pod = node.pod(resources={"memory_limit_in_bytes": 512 * mega})
    first = pod.container("first", IDLE, resources={"memory_limit_in_bytes": 256 * mega})
    assert memory_limit(pod) == 512 * mega, memory_limit(pod)
    first.update(memory_limit_in_bytes=300 * mega)
    assert memory_limit(pod) == 300 * mega, memory_limit(pod)


def slices(node):
    """The cgroups of a kubelet that uses systemd: the pod's is a slice, and a container's a scope in it."""
    pod = node.pod(slices=True, resources={"memory_limit_in_bytes": 256 << 20})
    container = pod.container("only", IDLE, resources={"memory_limit_in_bytes": 128 << 20})
    parent = pod.config.linux.cgroup_parent
    with open(f"/proc/{sandbox_pid(pod)}/cgroup") as file:
        paths = [line.rstrip().split(":", 2)[2] for line in file]
    assert any(path.endswith(f"{parent}/cri-containerd-{pod.id}.scope") for path in paths), paths
    for name in (pod.id, container.id):
        directories = [root for root in cgroup_roots() if os.path.isdir(f"{root}{parent}/cri-containerd-{name}.scope")]
        assert directories, name
    container.remove()
    assert not any(os.path.exists(f"{root}{parent}/cri-containerd-{container.id}.scope") for root in cgroup_roots())


def shared_pids(node):
    """Containers of a pod that shares its processes see those of the others; else only their own."""
    pod = node.pod(pid=api.POD)
    pod.container("other", ["sleep", "501"])
    seen = pod.container("looking", IDLE).exec("ps")[0]
    # The pause image's program, or the shim's own.
    assert "sleep 501" in seen and ("sleep 2147483647" in seen or "/pause" in seen), seen
    pod = node.pod()
    pod.container("other", ["sleep", "501"])
    seen = pod.container("looking", IDLE).exec("sh", "-c", "ps; cat /proc/1/cmdline | tr '\\0' ' '")[0]
    assert "sleep 501" not in seen and seen.endswith("sleep 600 "), seen


def host_network(node):
    """A pod in the host's network has the host's interfaces and name."""
    pod = node.pod(host_network=True)
    container = pod.container("host", IDLE)
    name = container.exec("hostname")[0].strip()
    assert name == os.uname().nodename, name
    out, err, _ = container.exec("ip", "link")
    assert "lo" in out, (out, err)
    container.stats()
    assert container.exec("true")[2] == 0


def network(node):
    """Pods reach each other and the host by their addresses."""
    first, second = node.pod(), node.pod()
    server = first.container("server", ["sh", "-c", "while :; do echo hello | nc -l -p 8080; done"])
    client = second.container("client", IDLE)
    assert first.ip and second.ip and first.ip != second.ip
    until(lambda: client.exec("sh", "-c", f"nc -w 2 {first.ip} 8080 </dev/null")[0] == "hello\n", "answer", 20)
    assert server.running()


def port_forward(node):
    """A port of the pod is forwarded: what `kubectl port-forward` does, for a page of several megabytes."""
    pod = node.pod()
    server = pod.container("server", ["sh", "-c", "head -c 3000000 /dev/zero > /tmp/page; exec httpd -f -p 0.0.0.0:80 -h /tmp"])
    until(lambda: "0050" in server.exec("cat", "/proc/net/tcp")[0], "server")
    url = node.call("PortForward", api.PortForwardRequest(pod_sandbox_id=pod.id, port=[80])).url
    stream = Stream(url + "?port=80")
    stream.send(0, b"GET /page HTTP/1.0\r\n\r\n")
    until(lambda: stream.message() is None or len(stream.received.get(0, b"")) > 3000000, "page")
    # Each channel begins with the number of its port; the second one is for errors.
    page = stream.received[0][2:]
    assert page.startswith(b"HTTP/1.") and page.endswith(bytes(3000000)), page[:200]
    assert stream.received[1][2:] == b"", stream.received[1]
    stream.close()


def oom(node):
    """A pod that uses more memory than it has is killed, and every container says why."""
    pod = node.pod(resources={"memory_limit_in_bytes": 200 << 20})
    greedy = pod.container("greedy", ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=400M count=2"])
    status = greedy.exited(within=40)
    assert (status.exit_code, status.reason) == (137, "OOMKilled"), status
    # Where only the containers have limits, it is their sum.
    pod = node.pod()
    modest = pod.container("modest", ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=10M count=20"],
                           resources={"memory_limit_in_bytes": 40 << 20})
    assert modest.exited().exit_code == 0, modest.status()
    modest.remove()
    greedy = pod.container("greedy", ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=20M"],
                           resources={"memory_limit_in_bytes": 15 << 20})
    status = greedy.exited(within=40)
    assert (status.exit_code, status.reason) == (137, "OOMKilled"), status


def oom_score(node):
    """The Sentry has the lowest score of its containers."""
    pod = node.pod()
    pod.container("high", IDLE, oom_score_adj=900)
    pod.container("low", IDLE, oom_score_adj=500)
    # The pause container's is the lowest of all, and does not count.
    with open(f"/proc/{sandbox_pid(pod)}/oom_score_adj") as file:
        score = int(file.read())
    assert score == 500, score


def own_sandbox(node):
    """A sandbox of the shim's making: what containerd's own would have given the containers, and no pause image."""
    dns = {"servers": ["10.9.8.7"], "searches": ["a.test", "b.test"], "options": ["ndots:3"]}
    pod = node.pod(hostname="a-pod", dns=dns)
    first, second = pod.container("first", IDLE), pod.container("second", IDLE)
    assert len(node.shims()) == 1, node.shims()
    assert first.exec("cat", "/etc/resolv.conf")[0] == (
        "search a.test b.test\nnameserver 10.9.8.7\noptions ndots:3\n"), first.exec("cat", "/etc/resolv.conf")
    assert first.exec("cat", "/etc/hostname")[0] == "a-pod\n"
    with open("/etc/hosts") as file:
        assert first.exec("cat", "/etc/hosts")[0] == file.read()
    assert second.exec("cat", "/etc/hostname")[0] == "a-pod\n"
    status = pod.status()
    assert status.status.state == api.SANDBOX_READY and status.status.network.ip, status
    assert status.status.created_at > 0
    # No `start` and no `delete` for a container: its bundle names the sandbox, and has no address.
    bundle = os.path.join(node.directory, "state/io.containerd.runtime.v2.task/k8s.io", first.id)
    assert os.path.exists(bundle + "/sandbox") and not os.path.exists(bundle + "/address"), os.listdir(bundle)
    pod.stop()
    assert pod.status().status.state == api.SANDBOX_NOTREADY
    assert first.status().state == api.CONTAINER_EXITED
    pod.stop()


def shared_memory(node):
    """One /dev/shm for the pod, in its own memory, for every user, as large as elsewhere; another pod has another."""
    pod = node.pod()
    first, second = pod.container("first", IDLE), pod.container("second", IDLE)
    look = "echo shared > /dev/shm/word; stat -c %a /dev/shm; stat -f -c %T /dev/shm"
    assert first.exec("sh", "-c", look) == ("1777\ntmpfs\n", "", 0), first.exec("sh", "-c", look)
    assert second.exec("cat", "/dev/shm/word") == ("shared\n", "", 0)
    assert "65536" in first.exec("df", "-k", "/dev/shm")[0], first.exec("df", "-k", "/dev/shm")
    other = node.pod().container("first", IDLE)
    assert other.exec("ls", "/dev/shm")[0] == ""
    # It outlives a container, and what the Sentry lacks is told beside the containers' logs.
    first.remove()
    assert second.exec("cat", "/dev/shm/word") == ("shared\n", "", 0)
    assert os.path.exists(os.path.join(pod.logs, "gvisor.log")), os.listdir(pod.logs)


def sentry_killed(node):
    """The sandbox dies: containers and pod are seen to have ended, and can be removed."""
    pod = node.pod()
    container = pod.container("lasting", IDLE)
    os.kill(sandbox_pid(pod), signal.SIGKILL)
    assert container.exited().exit_code == 137
    until(lambda: pod.status().status.state == api.SANDBOX_NOTREADY, "end of the pod")
    pod.remove()
    until(lambda: not node.shims(), "end of the shim")


def shim_killed(node):
    """The shim dies: `delete` ends its sandbox, and the pod can be removed."""
    pod = node.pod()
    container = pod.container("lasting", IDLE)
    pid = sandbox_pid(pod)
    for shim in node.shims():
        os.kill(shim, signal.SIGKILL)
    until(lambda: not os.path.exists(f"/proc/{pid}"), "end of the sandbox")
    container.exited()
    pod.remove()


def sentry_stuck(node):
    """A sandbox that answers nobody is stopped all the same, within a bound."""
    pod = node.pod()
    pod.container("lasting", IDLE)
    os.kill(sandbox_pid(pod), signal.SIGSTOP)
    begin = time.monotonic()
    pod.remove()
    assert time.monotonic() - begin < 20, time.monotonic() - begin
    until(lambda: not node.shims(), "end of the shim")


def restart(node):
    """containerd goes away and comes back: pods, logs and exits go on."""
    pod = node.pod()
    lasting = pod.container("lasting", ["sh", "-c", "echo before; while ! test -e /go; do sleep 0.1; done; echo after; exit 9"])
    idle = pod.container("idle", IDLE)
    until(lambda: lasting.output()["stdout"] == "before\n", "log")
    print("restart", flush=True)
    assert sys.stdin.readline() == "restarted\n"
    node.connect()
    assert lasting.running() and idle.running()
    # The container may end, and all its processes with it, before this one has.
    assert lasting.exec("touch", "/go")[2] in (0, 137)
    assert lasting.exited().exit_code == 9
    until(lambda: lasting.output()["stdout"] == "before\nafter\n", "log after the restart")
    assert len(node.shims()) == 1, node.shims()
    assert pod.container("new", ["echo", "new"]).exited().exit_code == 0


def churn(node):
    """As many pods as each line of the input says come and go, beside one that stays; its id is printed first."""
    stays = node.pod()
    print(stays.id, flush=True)
    for line in sys.stdin:
        for _ in range(int(line)):
            for pod in (node.pod(), stays):
                container = pod.container("c", IDLE)
                assert container.exec("echo", "here") == ("here\n", "", 0)
                try:
                    container.stop(timeout=0)
                except grpc.RpcError as error:
                    # containerd heard of the end, and closed its connection, before it had the answer to its own kill. A
                    # kubelet stops such a container again.
                    assert "ttrpc: closed" in error.details(), error
                    container.stop(timeout=0)
                container.remove()
                if pod is not stays:
                    pod.remove()
        print("done", flush=True)


def main():
    name, *place = sys.argv[1:]
    node = Node(*place)
    try:
        globals()[name](node)
    finally:
        node.clean()


main()

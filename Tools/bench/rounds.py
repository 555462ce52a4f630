"""What is measured: each function takes a shim and gives numbers, or notes them in a `Figures`."""

import os
import statistics
import threading
import time

from execs import ExecWatch
from shims import Container
from ttrpc import Client, HEADER, message


class Figures:
    """The samples of every figure of every shim."""

    def __init__(self):
        self.samples = {}

    def note(self, figure, shim, value):
        self.samples.setdefault(figure, {}).setdefault(shim, []).append(value)

    def median(self, figure, shim):
        values = self.samples.get(figure, {}).get(shim)
        return statistics.median(values) if values else None

    def spread(self, figure, shim):
        """The quartiles."""
        values = sorted(self.samples[figure][shim])
        return values[len(values) // 4], values[(3 * len(values)) // 4]


def timed(figures, figure, shim, body, repeat=1):
    """Notes the milliseconds of a call."""
    begin = time.perf_counter()
    for _ in range(repeat):
        result = body()
    took = (time.perf_counter() - begin) * 1000 / repeat
    figures.note(figure, shim.name, took)
    return took


def life(figures, shim, place, name):
    """One container from `start` to the end of its shim, each call by itself."""
    container = Container(shim, place, name)
    try:
        started = timed(figures, "shim start", shim, container.launch)
        created = timed(figures, "Create", shim, container.create)
        figures.note("Create with shim start", shim.name, started + created)
        ran = timed(figures, "Start", shim, container.start)
        figures.note("Create + Start", shim.name, started + created + ran)
        names = []
        timed(figures, "exec: Exec + Start + Wait", shim, lambda: names.append(container.exec()))
        timed(figures, "exec again", shim, lambda: names.append(container.exec()), repeat=3)
        timed(figures, "State", shim, container.state, repeat=20)
        timed(figures, "Stats", shim, container.stats, repeat=5)
        for exec_name in names:
            container.forget(exec_name)
        timed(figures, "Kill + Wait", shim, container.kill)
        timed(figures, "Delete", shim, container.delete)
        container.shut_down()
    except BaseException:
        container.rescue()
        raise


def processes(figures, shim, place):
    """How many programs are executed for the life of one container that just runs `true`."""
    watch = ExecWatch(os.getpid())
    container = Container(shim, place, f"x-{shim.name}", ["true"])
    try:
        for step in (container.launch, container.create, container.start, container.wait, container.delete):
            step()
        container.shut_down()
    except BaseException:
        container.rescue()
        raise
    figures.note("programs executed", shim.name, watch.finish())


def together(figures, shim, place, count, name):
    """Many containers at once, until the last is started: the wall time and the processor time of the machine."""
    containers = [Container(shim, place, f"{name}-{index}") for index in range(count)]
    failures = []

    def bring_up(container):
        try:
            container.launch()
            container.create()
            container.start()
        except BaseException as error:
            failures.append(error)

    def take_down(container):
        container.kill()
        container.delete()
        container.shut_down()

    begin = time.perf_counter()
    in_parallel(bring_up, containers)
    figures.note(f"{count} at once", shim.name, (time.perf_counter() - begin) * 1000)
    begin = time.perf_counter()
    in_parallel(Container.rescue if failures else take_down, containers)
    figures.note(f"{count} removed at once", shim.name, (time.perf_counter() - begin) * 1000)
    if failures:
        raise failures[0]


def in_parallel(body, items):
    threads = [threading.Thread(target=body, args=[item]) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)


def idle(figures, shim, place, rest=2.5):
    """The shim's memory once it has been left alone; and calls per second with one, ten and a hundred in flight."""
    container = Container(shim, place, f"i-{shim.name}")
    try:
        container.launch()
        container.create()
        container.start()
        for name in [container.exec() for _ in range(5)]:
            container.forget(name)
        pid = container.shim_pid()
        time.sleep(rest)
        memory = smaps(pid)
        figures.note("shim RSS, MB", shim.name, memory["Rss"] / 1024)
        figures.note("shim PSS, MB", shim.name, memory["Pss"] / 1024)
        # Clean pages are of the program's file: with a second container they are shared.
        figures.note("shim private and dirty, MB", shim.name, memory["Private_Dirty"] / 1024)
        figures.note("shim threads", shim.name, len(os.listdir(f"/proc/{pid}/task")))
        for window in (1, 10, 100):
            rate, cost = flood(container, pid, window)
            figures.note(f"State per second, {window} in flight", shim.name, rate)
            figures.note(f"State, {window} in flight, shim µs each", shim.name, cost)
        container.kill()
        container.delete()
        container.shut_down()
    except BaseException:
        container.rescue()
        raise


def flood(container, pid, window, count=4000):
    """State again and again on one connection, with `window` calls in flight."""
    client = container.client
    payload = message(f1=container.id)
    before = cpu(pid)
    begin = time.perf_counter()
    sent = received = 0
    while received < count:
        free = min(window - (sent - received), count - sent)
        if free:
            client.socket.sendall(b"".join(client.frame("State", payload)[1] for _ in range(free)))
            sent += free
        received += client.pump()
    took = time.perf_counter() - begin
    client.answers.clear()
    return count / took, (cpu(pid) - before) / count * 1e6


def stream(figures, shim, place, megabytes=200):
    """A container that writes as fast as it can, into a fifo that is read here."""
    path = f"{place.directory}/stdout-{shim.name}"
    os.mkfifo(path)
    command = ["dd", "if=/dev/zero", "bs=64k", f"count={megabytes * 16}"]
    container = Container(shim, place, f"s-{shim.name}", command, stdout=path)
    try:
        container.launch()
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        container.create()
        os.set_blocking(reader, True)
        pid = container.shim_pid()
        before = cpu(pid)
        begin = time.perf_counter()
        container.start()
        total = 0
        while chunk := os.read(reader, 1 << 20):
            total += len(chunk)
        took = time.perf_counter() - begin
        os.close(reader)
        figures.note("stdout, MB/s", shim.name, total / 1e6 / took)
        figures.note("stdout, shim CPU ms per 100 MB", shim.name, (cpu(pid) - before) * 1000 / (total / 1e8))
        container.wait()
        container.delete()
        container.shut_down()
    except BaseException:
        container.rescue()
        raise
    finally:
        os.unlink(path)


def smaps(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        lines = [line.split() for line in file.readlines()[1:]]
    return {line[0].rstrip(":"): int(line[1]) for line in lines}


def cpu(pid):
    """Seconds of processor time; finer than the ticks of /proc/PID/stat."""
    with open(f"/proc/{pid}/schedstat") as file:
        main = int(file.read().split()[0])
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return max(total, main) / 1e9

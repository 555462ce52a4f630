"""What a node full of containers costs: many that run, execs as a kubelet's probes make them, a pod of many."""

import os
import statistics
import time

from rounds import smaps, timed
from shims import Container

EDGE = 10  # containers, of the first and of the last that are started


def crowd(figures, shim, place, count, say, rest=5):
    """Starts containers one after the other, then looks at what they cost while nothing happens, and with probes."""
    containers = []
    try:
        for index in range(count):
            container = Container(shim, place, f"n-{shim.name}-{index}")
            containers.append(container)
            begin = time.perf_counter()
            container.launch()
            container.create()
            container.start()
            took = (time.perf_counter() - begin) * 1000
            if index < EDGE:
                figures.note(f"Create + Start, 1 to {EDGE} of {count}", shim.name, took)
            elif index >= count - EDGE:
                figures.note(f"Create + Start, {count - EDGE + 1} to {count} of {count}", shim.name, took)
        say("resting")
        time.sleep(2)
        pids = [container.shim_pid() for container in containers]
        families = [[pid, *descendants(pid, parents())] for pid in pids]
        everyone = [pid for family in families for pid in family]
        before = used(everyone)
        time.sleep(rest)
        idle = (used(everyone) - before) / rest
        figures.note(f"{count} idle, ms of processor time a second each", shim.name, idle / count * 1e3)
        for pid, family in zip(pids, families):
            figures.note(f"{count} idle, shim PSS, MB", shim.name, smaps(pid)["Pss"] / 1024)
            figures.note(f"{count} idle, all PSS of one, MB", shim.name, sum(smaps(p)["Pss"] for p in family) / 1024)
        for container in containers:
            timed(figures, f"State with {count}", shim, container.state, repeat=10)
        say("probes")
        probes(figures, shim, containers, lambda: used(everyone), idle)
    finally:
        for container in containers:
            container.rescue()


def probes(figures, shim, containers, used_by_all, idle, rate=10, seconds=8):
    """Execs at a steady rate, each in another container: how long one takes, and what it costs beyond being idle."""
    begin, before, took = time.perf_counter(), used_by_all(), []
    for number in range(rate * seconds):
        time.sleep(max(0, begin + number / rate - time.perf_counter()))
        container = containers[number % len(containers)]
        start = time.perf_counter()
        name = container.exec()
        took.append((time.perf_counter() - start) * 1000)
        container.forget(name)
    cost = used_by_all() - before - idle * (time.perf_counter() - begin)
    title = f"{rate} execs a second in {len(containers)}"
    for value in took:
        figures.note(title, shim.name, value)
    figures.note(f"{title}, 95 of 100 within", shim.name, statistics.quantiles(took, n=20)[-1])
    figures.note(f"{title}, processor ms each", shim.name, cost * 1000 / len(took))


def pod(figures, shim, place, count=10, rest=2.5):
    """The shim of a pod with this many containers: its memory, and what joining takes."""
    root = Container(shim, place, f"pod-{shim.name}", annotations=kubernetes("sandbox", f"pod-{shim.name}"))
    members = []
    try:
        root.launch()
        root.create()
        root.start()
        for index in range(count):
            member = Container(shim, place, f"pod-{shim.name}-{index}",
                               annotations=kubernetes("container", root.id), client=root.client)
            members.append(member)
            begin = time.perf_counter()
            member.create()
            member.start()
            figures.note("joining a pod: Create + Start", shim.name, (time.perf_counter() - begin) * 1000)
        pid = root.shim_pid()
        time.sleep(rest)
        memory = smaps(pid)
        title = f"shim of a pod of {count}"
        figures.note(f"{title}, RSS, MB", shim.name, memory["Rss"] / 1024)
        figures.note(f"{title}, private and dirty, MB", shim.name, memory["Private_Dirty"] / 1024)
        figures.note(f"{title}, threads", shim.name, len(os.listdir(f"/proc/{pid}/task")))
    finally:
        for member in members:
            member.leave()
        root.rescue()


def kubernetes(kind, sandbox):
    """What containerd's CRI plug-in says of a container of a pod."""
    return {"io.kubernetes.cri.container-type": kind, "io.kubernetes.cri.sandbox-id": sandbox}


def used(pids):
    """Seconds of processor time of processes, with the threads and the children of theirs that have ended."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:
            ticks += sum(int(field) for field in file.read().rpartition(")")[2].split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def parents():
    """The children of each process."""
    children = {}
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as file:
                children.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
        except (OSError, ValueError):
            pass
    return children


def descendants(pid, children):
    for child in children.get(pid, []):
        yield child
        yield from descendants(child, children)

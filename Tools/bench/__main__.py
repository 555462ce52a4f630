"""Measures shims side by side: calls, whole lives, many at once, memory, and streams.

Every round takes the shims in turn, so that whatever else the machine does falls on all of them alike; what counts
is the medians and their ratios. Writes build/bench/bench.md, bench.svg and bench.json.
"""

import argparse
import json
import multiprocessing
import os
import shlex
import shutil
import sys
import tempfile
import time

import load
import report
import rounds
from daemon import Containerd
from shims import Place, Shim, clear
from ttrpc import serve_events

DEFAULT_RUNSC = "/opt/containerd-shim-runsc/runsc-20240729/usr/bin"


def arguments():
    parser = argparse.ArgumentParser(prog="Tools/bench", description=__doc__.split("\n")[0])
    parser.add_argument("--shim", action="append", default=[], metavar="NAME=PATH[,RUNTIME DIRECTORY]",
                        help="a shim to measure, again for each; the first is the one that others are compared to "
                             "(default: runc's shim and ours with the runsc that setup has unpacked)")
    parser.add_argument("--rounds", type=int, default=12, help="of one life each (default %(default)s)")
    parser.add_argument("--burst", type=int, default=20, help="containers at once, 0 for none (default %(default)s)")
    parser.add_argument("--crowd", type=int, default=0, help="containers that run together, as 100 (default: none)")
    parser.add_argument("--containerd", action="append", default=[], metavar="PATH",
                        help="for the whole way through containerd (default: the system's, and 1.7 where unpacked)")
    parser.add_argument("--only", choices=["life", "burst", "idle", "pod", "crowd", "stream", "processes", "ctr"], action="append",
                        help="just this part, again for each")
    parser.add_argument("--limit", type=float, default=170, help="seconds after which no new round begins (%(default)s)")
    parser.add_argument("--output", default="build/bench", help="directory (default %(default)s)")
    parser.add_argument("--configuration", default="", metavar="LINES", help="more TOML for the shims that have a runtime")
    return parser.parse_args()


def default_shims():
    ours = f"ours={os.path.abspath('build/containerd-shim-runsc-v1')}"
    runsc = DEFAULT_RUNSC if os.path.exists(DEFAULT_RUNSC) else os.path.dirname(shutil.which("runsc") or "/usr/bin/runsc")
    return [f"runc={shutil.which('containerd-shim-runc-v2') or '/usr/bin/containerd-shim-runc-v2'}", f"{ours},{runsc}"]


class Run:
    """One run of everything, with its progress on standard error."""

    def __init__(self, options):
        self.options = options
        self.shims = [Shim(text) for text in options.shim or default_shims()]
        self.figures = rounds.Figures()
        self.end = time.monotonic() + options.limit

    def wants(self, part):
        return not self.options.only or part in self.options.only

    def say(self, text):
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def repeat(self, title, count, body):
        """`body(shim, round)` for each shim in turn; the first round warms up and is not counted."""
        for number in range(count + 1):
            if number > 3 and time.monotonic() > self.end:
                self.say(f"{title}: out of time after {number - 1} rounds\n")
                return
            self.say(f"{title}: round {number} of {count}")
            kept = json.dumps(self.figures.samples) if number == 0 else None
            # Whoever comes first in one round comes last in the next.
            for shim in self.shims if number % 2 else reversed(self.shims):
                body(shim, number)
            if kept is not None:
                self.figures.samples = json.loads(kept)
        self.say(f"{title}: done\n")

    def all(self, place):
        options, figures = self.options, self.figures
        if self.wants("ctr"):
            self.through_containerd(place)
        if self.wants("life"):
            self.repeat("calls", options.rounds,
                        lambda shim, number: rounds.life(figures, shim, place, f"l-{shim.name}-{number}"))
        if self.wants("burst") and options.burst:
            self.repeat(f"{options.burst} at once", 3,
                        lambda shim, number: rounds.together(
                            figures, shim, place, options.burst, f"b-{shim.name}-{number}"))
        for part, title, body in [("processes", "programs executed", rounds.processes),
                                  ("idle", "memory and calls per second", rounds.idle),
                                  ("pod", "a pod of ten", load.pod),
                                  ("stream", "output", rounds.stream)]:
            if self.wants(part):
                for shim in self.shims:
                    self.say(f"{title}: {shim.name}")
                    body(figures, shim, place)
                self.say(f"{title}: done\n")

        if self.wants("crowd") and options.crowd:
            for shim in self.shims:
                title = f"{options.crowd} containers: {shim.name}"
                self.say(title)
                load.crowd(figures, shim, place, options.crowd, lambda text: self.say(f"{title}: {text}"))
            self.say(f"{options.crowd} containers: done\n")

    def through_containerd(self, place):
        programs = self.options.containerd or [shutil.which("containerd"),
                                               "/opt/containerd-shim-runsc/containerd-1.7/usr/bin/containerd"]
        for program in programs:
            if not program or not os.path.exists(program):
                continue
            containerd = Containerd(program, self.shims, place)
            try:
                title = f"ctr run --rm, containerd {containerd.version()}"
                self.repeat(title, self.options.rounds, lambda shim, number: self.figures.note(
                    title, shim.name, containerd.run(shim, f"c-{shim.name}-{number}")))
            finally:
                containerd.stop()

    def write(self):
        os.makedirs(self.options.output, exist_ok=True)
        text = report.table(self.figures, self.shims, shlex.join(["python3", *sys.argv]))
        for name, content in [("bench.md", text), ("bench.svg", report.chart(self.figures, self.shims)),
                              ("bench.json", json.dumps(self.figures.samples, indent=1))]:
            with open(f"{self.options.output}/{name}", "w") as file:
                file.write(content)
        print(text)
        print(f"written to {self.options.output}/", file=sys.stderr)


def main():
    options = arguments()
    if os.geteuid():
        raise SystemExit("bench: containers need root")
    Shim.extra = options.configuration
    run = Run(options)
    directory = tempfile.mkdtemp(prefix="bench-", dir="/tmp")
    sink = None
    place = Place(directory)
    try:
        sink = multiprocessing.get_context("fork").Process(target=serve_events, args=[place.sink], daemon=True)
        sink.start()
        run.all(place)
        run.write()
    finally:
        if sink:
            sink.terminate()
        clear(place)
        shutil.rmtree(directory, ignore_errors=True)


main()

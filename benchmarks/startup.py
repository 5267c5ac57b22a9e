"""The server's start and idle memory with NeoAI, beside the same environment without it.

    python benchmarks/startup.py [--rounds 7]

Without it neither NeoAI's server extension nor its lab extension is there; all else is the same.
The two are started in turn, each in folders of its own. Memory is that of the process tree at
rest, after the first page and, with NeoAI, after its database has opened. The goals: at most
0.5 s later and at most 60 MB larger.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rig.lab import Lab, Setup, running
from rig.report import Report, at_most_over

SETUPS = {"without": Setup(server_extension=False, lab_extension=False), "with": Setup()}
# What JupyterLab's page asks of the server by itself.
PAGE = ["lab", "lab/api/settings", "lab/api/translations", "api/contents", "api/kernelspecs"]
REST_S = 2.0


class Start(NamedTuple):
    """One start of a server."""

    answered_s: float
    """From the process's start until `/api` answered."""
    worked_s: float
    """Processor time of the process tree until then."""
    resident_mb: float
    proportional_mb: float


def measure(setup: Setup) -> Start:
    """Start a server, let it come to rest, and stop it."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder, "home"), setup) as lab:
        worked = processor_s(lab.pid)
        for path in PAGE:
            lab.get(path)
        if setup.server_extension:
            open_database(lab)
        time.sleep(REST_S)
        resident, proportional = memory_mb(lab.pid, "Rss"), memory_mb(lab.pid, "Pss")
        return Start(lab.answered_s, worked, resident, proportional)


def open_database(lab: Lab) -> None:
    """Wait until NeoAI's database is open, and use it."""
    deadline = time.monotonic() + 30
    while json.loads(lab.get("neoai/v1/health"))["checks"]["database"]["status"] != "ok":
        if time.monotonic() > deadline:
            raise SystemExit("NeoAI's database did not open")
        time.sleep(0.05)
    lab.get("neoai/v1/projects")


def memory_mb(process: int, kind: str) -> float:
    """The `kind` of memory ("Rss" or "Pss") that a process and its children have."""
    total = 0
    for pid in tree(process):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == kind:
                total += int(value.split()[0])
    return total / 1024


def processor_s(process: int) -> float:
    """The processor time that a process and its children have had."""
    ticks = 0
    for pid in tree(process):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime, stime: proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def tree(process: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{process}/task").glob("*/children")
    found = [int(pid) for file in children for pid in file.read_text().split()]
    return [process, *(pid for child in found for pid in tree(child))]


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    report = Report("with NeoAI", "without")
    for setup in SETUPS.values():
        measure(setup)  # the byte code is written, the files are in memory
    measured: dict[str, list[Start]] = {name: [] for name in SETUPS}
    for number in range(rounds):
        for name in list(SETUPS)[:: 1 if number % 2 else -1]:
            measured[name].append(measure(SETUPS[name]))

    def both(what: str) -> tuple[list[float], list[float]]:
        ours, peer = measured["with"], measured["without"]
        return [getattr(start, what) for start in ours], [getattr(start, what) for start in peer]

    report.add("/api answers after", "s", *both("answered_s"), at_most_over(0.5, "s"))
    report.add("processor time until then", "s", *both("worked_s"))
    report.add("resident memory at rest", "MB", *both("resident_mb"), at_most_over(60, "MB"))
    report.add("its proportional share", "MB", *both("proportional_mb"))
    return report.status()


if __name__ == "__main__":
    sys.exit(main())

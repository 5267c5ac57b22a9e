"""Search by meaning at 100,000 chunks, through NeoAI's REST API.

    python benchmarks/search.py [--files 5200] [--questions 300]

Real source files are indexed; then questions, which are first lines of their docstrings, are asked
one after the other. The goals: the median below 15 ms, 95 of 100 below 40 ms, and the server's
memory below 400 MB. The peer is what no search can save: the smallest request to the same server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from rig.corpus import questions, write_sources
from rig.lab import Setup, running
from rig.project import Project
from rig.report import Report, at_most


def resident_mb(pid: int) -> float:
    """The memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5_200)
    parser.add_argument("--questions", type=int, default=300)
    given = parser.parse_args()
    table = Report("NeoAI's search", "an empty request")
    with (
        tempfile.TemporaryDirectory() as name,
        running(Path(name) / "home", Setup(lab_extension=False)) as lab,
    ):
        files = write_sources(lab.root / "work", given.files)
        project = Project(lab)
        asked = questions(files, given.questions)
        before = resident_mb(lab.pid)
        state = project.index()
        print(f"{state['files']:,} files, {state['chunks']:,} chunks", flush=True)
        for question in asked[:10]:
            project.search(question)
        ours, peer = [], []
        for question in asked:
            began = time.perf_counter()
            project.ask("GET", f"/ai/index/{project.id}")
            between = time.perf_counter()
            project.search(question)
            ours.append((time.perf_counter() - between) * 1000)
            peer.append((between - began) * 1000)
        table.add("a question", "ms", ours, peer, at_most(15, "ms"))
        last = [quantiles(samples, n=20)[-1:] for samples in (ours, peer)]
        table.add("95 of 100 within", "ms", last[0], last[1], at_most(40, "ms"))
        held = [resident_mb(lab.pid)], [before]
        table.add("the server's memory, before and after", "MB", *held, at_most(400, "MB"))
    return table.status()


if __name__ == "__main__":
    sys.exit(main())

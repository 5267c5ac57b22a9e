"""Search by meaning at 100,000 chunks, through NeoAI's REST API.

    python benchmarks/search.py [--files 5200] [--questions 300] [--words]

Real source files are indexed; then questions, which are first lines of their docstrings, are asked
one after the other: by words alone, and on another server by words and by vectors of 384 numbers
from an embedder on loopback, whose own time counts too. The goals: the median below 15 ms, 95 of
100 below 40 ms, and the server's memory below 400 MB. The peer is what no search can save: the
smallest request to the same server.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from rig.corpus import questions, write_sources
from rig.lab import Setup, running
from rig.project import Project
from rig.report import Report, at_most

REPOSITORY = Path(__file__).parent.parent
EMBEDDER = """
import asyncio, zlib
import numpy
from tests.fakes.provider import FakeProvider

def vector_of(text):
    return numpy.random.default_rng(zlib.crc32(text.encode())).standard_normal(384).tolist()

async def main():
    async with FakeProvider() as provider:
        provider.vector_of = vector_of
        print(provider.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def resident_mb(pid: int) -> float:
    """The memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


@contextmanager
def embedder() -> Iterator[Setup]:
    """A server of vectors that say nothing, and the setup in which NeoAI asks it."""
    command = [sys.executable, "-c", EMBEDDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        model = {"id": "e", "tasks": ["embed"]}
        spec = {"name": "p", "kind": "openai-compatible", "base_url": url, "models": [model]}
        config = {"AIService": {"providers": [spec]}, "IndexService": {"embedder": "p/e"}}
        try:
            yield Setup(lab_extension=False, config=config)
        finally:
            process.kill()


def measure(setup: Setup, files: int, questions_: int) -> int:
    """Measure one server and print; 1 where a goal is missed."""
    table = Report("NeoAI's search", "an empty request")
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "home", setup) as lab:
        sources = write_sources(lab.root / "work", files)
        project = Project(lab)
        asked = questions(sources, questions_)
        before = resident_mb(lab.pid)
        began = time.perf_counter()
        state = project.index()
        while setup.config and state["embedding"] != 1:
            time.sleep(0.5)
            state = project.ask("GET", f"/ai/index/{project.id}")
        took = time.perf_counter() - began
        print(f"{state['files']:,} files, {state['chunks']:,} chunks in {took:.0f} s", flush=True)
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


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5_200)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--words", action="store_true", help="by words alone")
    given = parser.parse_args()
    print("By words", flush=True)
    status = measure(Setup(lab_extension=False), given.files, given.questions)
    if not given.words:
        print("By words and vectors", flush=True)
        with embedder() as setup:
            status |= measure(setup, given.files, given.questions)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""Search by meaning at 100,000 chunks, through NeoAI's REST API.

    python benchmarks/search.py [--files 5200] [--questions 300] [--words]

Real source files are indexed; then questions, which are first lines of their docstrings, are asked
one after the other: by words alone, and on another server by words and by vectors of 384 numbers
from an embedder on loopback. There each is asked twice, as the vector of the first is remembered:
the second is what searching takes, the first has the embedder besides. The goals of a search: the
median below 15 ms, 95 of 100 below 40 ms, and the server's memory below 400 MB. The peers are what
no search can save: the smallest request to the same server, and the embedder asked directly.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from rig.corpus import questions, write_sources
from rig.lab import Setup, running
from rig.project import Project
from rig.report import Report, at_most

REPOSITORY = Path(__file__).parent.parent
REMEMBERED = 100
"""The server remembers the vectors of more questions than these."""
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
def embedder() -> Iterator[tuple[Setup, Callable[[str], object]]]:
    """A server of vectors that say nothing: the setup in which NeoAI asks it, and asking it
    directly."""
    command = [sys.executable, "-c", EMBEDDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        model = {"id": "e", "tasks": ["embed"]}
        spec = {"name": "p", "kind": "openai-compatible", "base_url": url, "models": [model]}
        config = {"AIService": {"providers": [spec]}, "IndexService": {"embedder": "p/e"}}
        connection = http.client.HTTPConnection(urlsplit(url).netloc)

        def ask(text: str) -> object:
            body = json.dumps({"model": "e", "input": [text]})
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"{urlsplit(url).path}/embeddings", body, headers)
            return json.loads(connection.getresponse().read())["data"][0]["embedding"]

        try:
            yield Setup(lab_extension=False, config=config), ask
        finally:
            process.kill()


def measure(
    setup: Setup, files: int, questions_: int, direct: Callable[[str], object] | None = None
) -> int:
    """Measure one server and print; 1 where a goal is missed. direct: asks the embedder."""
    table = Report("NeoAI's search", "what none can save")
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
        asking: dict[str, list[float]] = {"embedder": [], "new": [], "empty": [], "search": []}

        def timed(name: str, ask: Callable[[], object]) -> None:
            began = time.perf_counter()
            ask()
            asking[name].append((time.perf_counter() - began) * 1000)

        for start in range(0, len(asked), REMEMBERED):
            for question in asked[start : start + REMEMBERED] if direct is not None else ():
                timed("embedder", partial(direct, question))
                timed("new", partial(project.search, question))
            for question in asked[start : start + REMEMBERED]:
                timed("empty", partial(project.ask, "GET", f"/ai/index/{project.id}"))
                timed("search", partial(project.search, question))
        if direct is not None:
            table.add("a question with its vector", "ms", asking["new"], asking["embedder"])
        table.add("a search", "ms", asking["search"], asking["empty"], at_most(15, "ms"))
        last = [quantiles(asking[name], n=20)[-1:] for name in ("search", "empty")]
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
        with embedder() as (setup, direct):
            status |= measure(setup, given.files, given.questions, direct)
    return status


if __name__ == "__main__":
    sys.exit(main())

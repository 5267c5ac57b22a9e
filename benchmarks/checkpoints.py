"""Checkpoints beside plain git with a temporary index.

    python benchmarks/checkpoints.py [--files 60000] [--rounds 3]

Goals: a first checkpoint of 60,000 files at most 2 times `git add -A && git write-tree`; an
unchanged project under 0.3 s; 1,000 changed files restored under 2 s; 100 checkpoints of a 100 MB
project, of which 1 % changes each time, under 1.3 times the content. Medians; both sides in turn.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rig.report import Report, at_most, at_most_times

from neoai_server_ext.checkpoints.history import History, collect
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.store import Store

WORDS = [f"word{number:04x}" for number in range(5000)]


def make_files(root: Path, count: int, words: int, chance: random.Random) -> None:
    """Text files, two hundred to a folder."""
    for number in range(count):
        folder = root / f"package{number // 200:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}.py").write_text(" ".join(chance.choices(WORDS, k=words)))


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain_git(work: Path, folder: Path) -> None:
    """What a script would do: `git add -A && git write-tree` with an index of its own."""
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    environment = os.environ | {
        "GIT_DIR": str(folder),
        "GIT_WORK_TREE": str(work),
        "GIT_INDEX_FILE": str(folder / "temporary-index"),
    }
    for command in (["add", "-A"], ["write-tree"]):
        subprocess.run(["git", *command], check=True, env=environment, stdout=subprocess.DEVNULL)


def fresh(work: Path, folder: Path) -> History:
    """A new store."""
    store = Store(folder)
    store.open({"project": "benchmark"})
    return History(store, work, Rules())


def large_project(scratch: Path, files: int, rounds: int, report: Report) -> None:
    """First, unchanged, and a restore."""
    work = scratch / "large"
    make_files(work, files, 200, random.Random(1))
    ours, theirs, unchanged, restored = [], [], [], []
    for number in range(rounds):
        theirs.append(timed(partial(plain_git, work, scratch / "git")))
        shutil.rmtree(scratch / "git")
        history = fresh(work, scratch / "store")
        ours.append(timed(history.create))
        unchanged += [timed(history.create) for _ in range(3)]
        first = history.all()[0].id
        for path in random.Random(number).sample(sorted(work.rglob("*.py")), 1000):
            path.write_text(f"changed in round {number}")
        restored.append(timed(partial(history.restore, first, lambda path, content: None)))
        shutil.rmtree(scratch / "store")
    report.add(f"first of {files:,} files", "s", ours, theirs, at_most_times(2))
    report.add("unchanged", "s", unchanged, (), at_most(0.3, "s"))
    report.add("restore of 1,000 changed files", "s", restored, (), at_most(2, "s"))
    shutil.rmtree(work)


def many_checkpoints(scratch: Path, report: Report) -> None:
    """100 MB that nothing can compress, in 1,000 files, ten of them changed each time."""
    work, chance = scratch / "many", random.Random(2)
    work.mkdir()
    for number in range(1000):
        (work / str(number)).write_bytes(chance.randbytes(100_000))
    store = Store(scratch / "many-store")
    store.open({"project": "benchmark"})
    history = History(store, work, Rules())
    for _ in range(100):
        history.create()
        for number in chance.sample(range(1000), 10):
            path = work / str(number)
            content = bytearray(path.read_bytes())
            at = chance.randrange(90_000)
            content[at : at + 1000] = chance.randbytes(1000)
            path.write_bytes(content)
    collect(store)
    size = store.size() / 1e8
    report.add("100 checkpoints against the content", "", [size], (), at_most(1.3, "times"))


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    report = Report("NeoAI", "git add && write-tree")
    with tempfile.TemporaryDirectory() as scratch:
        large_project(Path(scratch), options.files, options.rounds, report)
        many_checkpoints(Path(scratch), report)
    return report.status()


if __name__ == "__main__":
    sys.exit(main())

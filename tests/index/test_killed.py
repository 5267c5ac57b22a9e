"""Whatever is killed with -9, at any of its system calls that change the disk: the index opens, is
sound, and has after one more look what a new one has.

The calls are counted in a run under strace; then some of them, drawn by chance, are met by SIGKILL.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..checkpoints.test_killed import drawn_from
from ..conftest import RUNS
from .victim import updater

CALLS = "write,pwrite64,rename,unlink,mkdir,ftruncate,fdatasync,fsync"
POINTS = 8 * RUNS
FILES = 120


def write(work: Path, text: str, numbers: range) -> None:
    for number in numbers:
        (work / f"m{number}.py").write_text(f"def {text}_{number}(pot):\n    return pot\n" * 8)


def update(work: Path, index: Path) -> None:
    updater(work, index).update(lambda done, total: None, lambda: False)


def content(index: Path) -> list[tuple[object, ...]]:
    """All that an index has, whatever the order in which it came; it must be sound."""
    connection = sqlite3.connect(index)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.execute("INSERT INTO terms (terms) VALUES ('integrity-check')")
        rows = connection.execute(
            "SELECT f.path, f.digest, p.start, p.end, p.symbol, p.text"
            " FROM files f LEFT JOIN passages p ON p.file = f.id ORDER BY f.path, p.start"
        ).fetchall()
        words = connection.execute("SELECT term, doc, cnt FROM vocabulary ORDER BY term").fetchall()
        return [*rows, *words]
    finally:
        connection.close()


@pytest.mark.parametrize("when", ["first", "later"])
def test_killed_at_any_call_the_index_is_sound_and_complete_after_one_more_look(
    tmp_path: Path, require: Callable[[str], None], when: str
) -> None:
    require("strace")
    work, start = tmp_path / "work", tmp_path / "start"
    work.mkdir()
    start.mkdir()
    write(work, "boil", range(FILES))
    if when == "later":
        update(work, start / "index.sqlite")
        write(work, "grill", range(0, FILES, 2))
        for number in range(1, FILES, 10):
            (work / f"m{number}.py").unlink()
    update(work, tmp_path / "whole.sqlite")
    whole = content(tmp_path / "whole.sqlite")

    def run(number: str, *options: str) -> tuple[int, Path]:
        place = tmp_path / number
        shutil.copytree(start, place)
        victim = ["-m", "tests.index.victim", str(work), str(place / "index.sqlite")]
        done = subprocess.run(
            ["strace", "-qq", "-e", f"trace={CALLS}", *options, sys.executable, *victim],
            capture_output=True,
            timeout=120,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )
        return done.returncode, place / "index.sqlite"

    trace = tmp_path / "trace"
    done, index = run("rehearsal", "-f", "-o", str(trace))
    assert done == 0
    assert content(index) == whole
    first = trace.read_text(errors="replace").split(" ", 1)[0]
    own = tmp_path / "own"
    lines = trace.read_text(errors="replace").splitlines()
    own.write_text("\n".join(line for line in lines if line.startswith(f"{first} ")))
    calls = drawn_from(own)
    chance = random.Random()
    killed = 0
    for number in range(POINTS):
        call, count = chance.choice(calls)
        where = f"{when} killed at {call} {count}"
        inject = f"inject={call}:signal=SIGKILL:when={count}"
        done, index = run(f"victim{number}", "-o", "/dev/null", "-e", inject)
        killed += done != 0
        update(work, index)
        assert content(index) == whole, where
        shutil.rmtree(index.parent)
    assert killed > 0

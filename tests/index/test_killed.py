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

    trace = tmp_path / "trace"

    def run(number: str, *options: str) -> tuple[int, Path]:
        place = tmp_path / number
        shutil.copytree(start, place)
        victim = ["-m", "tests.index.victim", str(work), str(place / "index.sqlite")]
        traced = ["strace", "-qq", "-o", str(trace), "-e", f"trace={CALLS}", *options]
        done = subprocess.run(
            [*traced, sys.executable, *victim],
            capture_output=True,
            timeout=120,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )
        return done.returncode, place / "index.sqlite"

    done, index = run("rehearsal", "-f")
    assert done == 0
    assert content(index) == whole
    lines: dict[str, list[str]] = {}
    for line in trace.read_text(errors="replace").splitlines():
        lines.setdefault(line.split(" ", 1)[0], []).append(line)
    # The server's own calls, and those of all processes that it starts: one writes the index.
    calls: list[tuple[str, int, list[str]]] = []
    for options, pids in ([], list(lines)[:1]), (["-f"], list(lines)[1:]):
        own = tmp_path / "own"
        for pid in pids:
            own.write_text("\n".join(lines[pid]))
            calls += [(call, count, options) for call, count in drawn_from(own)]
    chance = random.Random()
    killed = 0
    for number in range(POINTS):
        call, count, options = chance.choice(calls)
        where = f"{when} killed at {call} {count} {options}"
        inject = f"inject={call}:signal=SIGKILL:when={count}"
        done, index = run(f"victim{number}", *options, "-e", inject)
        killed += "killed by SIGKILL" in trace.read_text(errors="replace")
        update(work, index)
        assert content(index) == whole, where
        shutil.rmtree(index.parent)
    assert killed > 0

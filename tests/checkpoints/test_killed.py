"""Whatever is killed with -9, at any of its system calls that change something: every earlier
checkpoint verifies, nothing is lost, and the next one works.

The calls are counted in a run under strace; then some of them, drawn by chance, are met by SIGKILL
(strace's tampering), in our process or in git, whichever makes the call.
"""

from __future__ import annotations

import collections
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.checkpoints.history import History
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.store import Store
from neoai_server_ext.checkpoints.versions import Entry, Versions

from ..conftest import RUNS
from .conftest import tree

CALLS = (
    "write,pwrite64,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,mkdir,"
    "mkdirat,rmdir,fsync,fdatasync,ftruncate,chmod,fchmod,fchmodat"
)
POINTS = 5 * RUNS


def strace(options: list[str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a victim under strace."""
    victim = [sys.executable, "-m", "tests.checkpoints.victim", *arguments]
    return subprocess.run(
        ["strace", "-f", "-qq", "-e", f"trace={CALLS}", *options, *victim],
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


class Scene:
    """A folder with two checkpoints and some versions, copied for every kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.store = Store(folder / "store")
        self.history = History(self.store, self.work, Rules())
        self.versions = Versions(self.store)

    def build(self) -> None:
        self.work.mkdir(parents=True)
        self.store.open({"project": "p"})
        for number in range(8):
            (self.work / f"file{number}").write_bytes(os.urandom(300))
        (self.work / "folder").mkdir()
        (self.work / "folder/gone").write_bytes(b"will be gone")
        self.history.create("first")
        self.versions.record([Entry("a", b"one", "save"), Entry("a", b"two", "save")])
        for number in range(4):
            (self.work / f"file{number}").write_bytes(b"changed %d" % number)
        shutil.rmtree(self.work / "folder")
        (self.work / "new").write_bytes(b"new")
        (self.work / "link").symlink_to("new")
        self.history.create("second")
        (self.work / "unsaved").write_bytes(b"in no checkpoint yet")

    def copy(self, to: Path) -> Scene:
        shutil.copytree(self.folder, to, symlinks=True)
        return Scene(to)

    def checkpoint(self, label: str) -> str:
        return next(one.id for one in self.history.all() if one.label == label)

    def arguments(self, what: str) -> list[str]:
        identity = [self.checkpoint("first")] if what == "restore" else []
        return [what, str(self.work), str(self.store.path), *identity]


def known(scene: Scene) -> dict[str, dict[str, tuple[str, bytes]]]:
    """The tree of every checkpoint, read back by restoring it into a folder of its own."""
    trees = {}
    for one in scene.history.all():
        scene.history.verify(one.id)
        aside = scene.folder / "aside"
        aside.mkdir()
        History(scene.store, aside, Rules()).restore(one.id, lambda path, content: None)
        trees[one.id] = tree(aside)
        shutil.rmtree(aside)
    return trees


def drawn_from(trace: Path) -> list[tuple[str, int]]:
    """Every call of a trace as `(name, how many of that name its process had made)`, which is how
    strace counts."""
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    calls = []
    for line in trace.read_text(errors="replace").splitlines():
        found = re.match(r"(\d+) +(\w+)\(", line)
        if found:
            counts[found[1], found[2]] += 1
            calls.append((found[2], counts[found[1], found[2]]))
    return calls


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The scene before any kill."""
    scene = Scene(tmp_path_factory.mktemp("kill") / "scene")
    scene.build()
    return scene


@pytest.mark.parametrize("what", ["checkpoint", "restore", "version", "collect"])
def test_killed_at_any_call_nothing_is_lost(
    scene: Scene, what: str, tmp_path: Path, require: Any
) -> None:
    require("strace")
    rehearsal = scene.copy(tmp_path / "rehearsal")
    trace = tmp_path / "trace"
    done = strace(["-o", str(trace)], *rehearsal.arguments(what))
    assert done.returncode == 0, done.stderr
    calls = drawn_from(trace)
    before, trees = tree(scene.work), known(scene.copy(tmp_path / "reference"))

    chance = random.Random()
    killed = 0
    for number in range(POINTS):
        call, count = chance.choice(calls)
        victim = scene.copy(tmp_path / f"victim{number}")
        options = ["-o", "/dev/null", "-e", f"inject={call}:signal=SIGKILL:when={count}"]
        ended = strace(options, *victim.arguments(what))
        killed += ended.returncode != 0
        _check(victim, before, trees, f"{what} killed at {call} {count}")
        shutil.rmtree(victim.folder)
    assert killed > 0


def _check(
    victim: Scene,
    before: dict[str, tuple[str, bytes]],
    trees: dict[str, dict[str, tuple[str, bytes]]],
    where: str,
) -> None:
    scene = Scene(victim.folder)
    scene.store.open({"project": "p"})
    scene.history.rescue_left(
        lambda path, content: scene.versions.record([Entry(path, content, "restore")]) and None
    )
    after = scene.history.create("after")
    found = known(scene)
    assert {identity: found.get(identity) for identity in trees} == trees, where
    assert tree(scene.work) == before or before in found.values(), where
    assert found[after.id] == tree(scene.work), where
    assert not list(scene.work.rglob(".~neoai-*")), where
    texts = [scene.versions.read("a", one.id) for one in scene.versions.of("a")]
    assert texts[-2:] == [b"two", b"one"], where
    assert scene.versions.record([Entry("a", b"three", "save")]) != [None], where

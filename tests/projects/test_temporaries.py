"""What a killed server was in the middle of leaves nothing in the project."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from neoai_server_ext.projects import temporaries, tree

MANY = 20_000
UNPACK = "from neoai_server_ext.projects.zips import unpack; import sys; "
UNPACK += "unpack(sys.argv[1], 'many.zip', 'new', limit=1 << 30)"
COPY = "from neoai_server_ext.projects.copying import copy; import sys; "
COPY += "copy(sys.argv[1], 'many', 'new')"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with an archive and a folder that take a while."""
    (tmp_path / "many").mkdir()
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(MANY):
            archive.writestr(f"file{number}", "content")
            (tmp_path / "many" / f"file{number}").write_text("content")
    return tmp_path


def left(root: Path) -> list[Path]:
    """What lies under a temporary name."""
    return list(root.glob(f"{temporaries.TEMPORARY}*"))


def started(code: str, root: Path) -> subprocess.Popen[bytes]:
    """A process in the middle of its work on the project."""
    process = subprocess.Popen([sys.executable, "-c", code, str(root)])
    deadline = time.monotonic() + 60
    while not (found := left(root)) or not any(found[0].iterdir()):
        assert process.poll() is None, "it ended before it was seen at work"
        assert time.monotonic() < deadline
    return process


@pytest.mark.parametrize("code", [UNPACK, COPY], ids=["unpack", "copy"])
def test_what_a_killed_server_left_goes_when_the_folder_is_listed_and_not_before(
    root: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = started(code, root)
    process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(temporaries, "SETTLED_S", -1.0)
    list(tree.runs(str(root), depth=1))
    assert len(left(root)) == 1, "it was taken from a server that is at work"
    process.kill()
    process.wait()
    monkeypatch.setattr(temporaries, "SETTLED_S", 3600.0)
    list(tree.runs(str(root), depth=1))
    assert len(left(root)) == 1, "it was taken within the time that a maker has to lock it"
    monkeypatch.setattr(temporaries, "SETTLED_S", -1.0)
    names = [entry.name for _, run, _ in tree.runs(str(root), depth=1) for entry in run]
    assert sorted(names) == ["many", "many.zip"]
    assert left(root) == []


def test_only_names_of_ours_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporaries, "SETTLED_S", -1.0)
    ours = [temporaries.new_name() for _ in range(3)]
    (tmp_path / ours[0]).write_text("a file")
    (tmp_path / ours[1]).mkdir()
    (tmp_path / ours[2]).symlink_to(tmp_path / "others")
    others = [".~neoai-notes", ".~neoai-0123456789abcdef.tmp.txt", ".~lock.a.odt#", "a.tmp"]
    (tmp_path / "others").mkdir()
    for name in others:
        (tmp_path / name).write_text("somebody's")
        (tmp_path / "others" / name).write_text("somebody's")
    list(tree.runs(str(tmp_path)))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "others"])
    assert len(list((tmp_path / "others").iterdir())) == len(others)

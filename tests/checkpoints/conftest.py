"""A folder, a store for it, and the served projects of the projects' tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from neoai_server_ext.checkpoints.cipher import Cipher
from neoai_server_ext.checkpoints.history import History
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.store import Store

from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401

Rescued = list[tuple[str, bytes]]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture(params=["plain", "encrypted"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An open store, once plain and once encrypted."""
    cipher = Cipher(b"correct horse battery") if request.param == "encrypted" else None
    store = Store(tmp_path / "store", cipher)
    store.open({"project": "p"})
    return store


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The project's folder."""
    work = tmp_path / "work"
    work.mkdir()
    return work


@pytest.fixture
def history(store: Store, work: Path) -> History:
    """The checkpoints of `work` in `store`."""
    return History(store, work, Rules(("node_modules/",), max_bytes=1 << 20))


@pytest.fixture
def put(work: Path) -> Callable[..., None]:
    """`put("a/b", b"content")` writes a file, `put("a", link="b")` a link."""

    def put(path: str, content: bytes = b"", link: str | None = None) -> None:
        target = work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if link is not None:
            target.symlink_to(link)
        else:
            target.write_bytes(content)

    return put


def tree(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Everything in a folder: `{path: (mode, content or target)}`, without `.git` folders."""
    found: dict[str, tuple[str, bytes]] = {}
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in (*files, *(name for name in folders if Path(base, name).is_symlink())):
            path = Path(base, name)
            key = os.fsencode(path.relative_to(folder)).decode("utf-8", "surrogateescape")
            if path.is_symlink():
                found[key] = ("link", os.fsencode(path.readlink()))
            else:
                kind = "executable" if path.stat().st_mode & 0o100 else "file"
                found[key] = (kind, path.read_bytes())
    return found

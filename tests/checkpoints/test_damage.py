"""Any one file of a store cut, overwritten, changed or gone: what else is there can be listed and
read, and new checkpoints and versions go on working."""

from __future__ import annotations

import os
import random
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from neoai_server_ext import errors
from neoai_server_ext.checkpoints.cipher import Cipher, is_encrypted
from neoai_server_ext.checkpoints.history import History
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.stores import Stores
from neoai_server_ext.checkpoints.versions import Entry, Versions

from ..conftest import RUNS


def flipped(content: bytes) -> bytes:
    """With one bit changed."""
    place = random.randrange(len(content))
    bit = bytes([content[place] ^ 1 << random.randrange(8)])
    return content[:place] + bit + content[place + 1 :]


DAMAGES: list[Callable[[bytes], bytes | None]] = [
    lambda content: content[: len(content) // 2],
    lambda content: b"",
    lambda content: bytes(len(content)),
    lambda content: flipped(content) if content else b"x",
    lambda content: zlib.compress(b"no type 5\0hello"),
    lambda content: None,
]


def damage(file: Path) -> int:
    """Damage a file by chance; returns how."""
    how = random.randrange(len(DAMAGES))
    content = DAMAGES[how](file.read_bytes())
    file.chmod(0o600)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    return how


@pytest.mark.parametrize("run", range(RUNS))
def test_whatever_file_of_a_store_is_damaged_work_goes_on(tmp_path: Path, run: int) -> None:
    work = tmp_path / "work"
    (work / "folder").mkdir(parents=True)
    for name in ("a", "b", "folder/c"):
        (work / name).write_bytes(os.urandom(100))
    store, _ = Stores(tmp_path / "whole").open("p", work, set(), None)
    history = History(store, work, Rules())
    history.create("one")
    (work / "a").write_text("changed")
    Versions(store).record([Entry("a", b"1", "save"), Entry("b", b"1", "save")])
    history.create("two")
    Versions(store).record([Entry("a", b"2", "save")])
    files = [
        path.relative_to(tmp_path / "whole")
        for path in sorted(store.path.rglob("*"))
        if path.is_file() and path.parent.name != "hooks"
    ]
    assert len(files) > 20

    for file in files:
        shutil.copytree(tmp_path / "whole", tmp_path / "case", symlinks=True)
        where = f"{file} damaged by {damage(tmp_path / 'case' / file)}"
        (work / "new").write_bytes(os.urandom(20))

        store, _ = Stores(tmp_path / "case").open("p", work, {"p"}, None)
        history, versions = History(store, work, Rules()), Versions(store)
        assert len(history.all()) >= 1, where
        made = history.create("new")
        assert made.id in [one.id for one in history.all()], where
        versions.record([Entry("a", b"3", "save")])
        assert versions.read("a", versions.of("a")[0].id) == b"3", where
        shutil.rmtree(tmp_path / "case")


def test_versions_are_still_there_when_the_ref_to_them_is_lost(tmp_path: Path) -> None:
    store, _ = Stores(tmp_path / "stores").open("p", tmp_path, set(), None)
    Versions(store).record([Entry("a", b"1", "save")])
    (store.path / "refs/neoai/versions").unlink()

    Versions(store).record([Entry("a", b"2", "save")])

    versions = Versions(store)
    assert [versions.read("a", one.id) for one in versions.of("a")] == [b"2", b"1"]


def test_what_was_found_broken_is_stored_again_by_the_next_checkpoint(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a").write_text("content")
    store, _ = Stores(tmp_path / "stores").open("p", work, set(), None)
    history = History(store, work, Rules())
    first = history.create()
    name = store.name_of(b"content")
    broken = store.path / "objects" / name[:2] / name[2:]
    broken.chmod(0o600)
    broken.write_bytes(b"garbage")
    with pytest.raises(errors.Unavailable, match="damaged"):
        history.file(first.id, "a")

    (work / "b").write_text("more")
    history.create()

    assert history.file(first.id, "a") == b"content"


def test_nothing_is_stored_in_the_clear_when_gits_configuration_is_lost(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a").write_text("secret")
    cipher = Cipher(b"correct horse battery")
    store, _ = Stores(tmp_path / "stores").open("p", work, set(), cipher)
    (store.path / "config").write_bytes(b"")

    tree = History(store, work, Rules()).create().tree

    blob = store.git("rev-parse", f"{tree}:a").decode().strip()
    assert is_encrypted(store.git("cat-file", "blob", blob))

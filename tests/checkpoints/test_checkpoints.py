"""Checkpoints of real folders in real git stores: complete, restorable, undoable."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.checkpoints.cipher import Cipher
from neoai_server_ext.checkpoints.history import History, collect
from neoai_server_ext.checkpoints.restore import JOURNAL
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.store import Store

from ..conftest import RUNS
from .conftest import Rescued, tree

Put = Callable[..., None]


def nothing(path: str, content: bytes) -> None:
    raise AssertionError(f"{path} needed no rescue")


def git(folder: Path, *arguments: str) -> str:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"}
    identity |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    return subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | identity,
    ).stdout


def test_a_restore_brings_back_what_was_there_and_can_be_undone(
    history: History, work: Path, put: Put
) -> None:
    put("a.txt", b"one")
    put("folder/b.bin", bytes(range(256)))
    put("crlf.txt", b"a\r\nb\n")
    put("run.sh", b"#!/bin/sh\n")
    (work / "run.sh").chmod(0o755)
    put("link", link="folder/b.bin")
    put("empty")
    before = tree(work)
    first = history.create("first")

    put("a.txt", b"two")
    (work / "folder/b.bin").unlink()
    (work / "folder").rmdir()
    put("folder", b"now a file")
    put("new/deep/file", b"new")
    (work / "run.sh").chmod(0o644)
    (work / "link").unlink()
    after = tree(work)

    done, undo = history.restore(first.id, nothing)
    assert tree(work) == before
    assert done.kept == {}
    assert not (work / "new").exists()

    history.restore(undo.id, nothing)
    assert tree(work) == after


def test_chosen_paths_alone_are_restored(history: History, work: Path, put: Put) -> None:
    put("a/x", b"1")
    put("a/y", b"1")
    put("ab", b"1")
    first = history.create()
    for path in ("a/x", "a/y", "ab", "a/new"):
        put(path, b"2")

    done, _ = history.restore(first.id, nothing, ["a"])

    assert sorted(done.restored) == ["a/x", "a/y"]
    assert done.removed == ["a/new"]
    assert (work / "ab").read_bytes() == b"2"


def test_ignored_oversized_and_excluded_files_are_left_out_and_untouched(
    history: History, work: Path, put: Put
) -> None:
    put(".gitignore", b"*.log\nbuild/\n")
    put("kept", b"1")
    put("a.log", b"log")
    put("build/out", b"out")
    put("node_modules/m.js", b"m")
    put("big", b"x" * ((1 << 20) + 1))
    first = history.create()
    assert first.files == 2
    assert list(first.skipped) == ["big"]

    put("kept", b"2")
    put("a.log", b"more")
    put("big", b"y" * ((1 << 20) + 1))
    history.restore(first.id, nothing)

    assert (work / "kept").read_bytes() == b"1"
    assert (work / "a.log").read_bytes() == b"more"
    assert (work / "big").read_bytes()[:1] == b"y"
    assert (work / "build/out").exists()


def test_what_no_checkpoint_has_is_never_overwritten(
    history: History, work: Path, put: Put
) -> None:
    put("data", b"small")
    put("folder", b"a file")
    first = history.create()
    put("data", b"y" * ((1 << 20) + 1))
    (work / "folder").unlink()
    put(".gitignore", b"folder/\n")
    put("folder/precious", b"ignored")

    done, _ = history.restore(first.id, nothing)

    assert sorted(done.kept) == ["data", "folder"]
    assert (work / "data").stat().st_size > 1 << 20
    assert (work / "folder/precious").read_bytes() == b"ignored"


def test_the_users_repository_is_never_touched(
    store: Store, history: History, work: Path, put: Put
) -> None:
    git(work, "init", "-q")
    put("a", b"1")
    put(".gitattributes", b"* text eol=crlf ident filter=mine\n")
    git(work, "config", "filter.mine.clean", "touch ran; cat")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "one")
    put("a", b"2\n$Id$\n")
    git(work, "add", "a")
    put("a", b"3\n$Id$\n")
    hook = work / ".git/hooks/post-index-change"
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    (work / "ran").unlink(missing_ok=True)

    def state() -> dict[str, tuple[int, bytes]]:
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes())
            for path in (work / ".git").rglob("*")
            if path.is_file()
        }

    before = state()
    first = history.create()
    put("a", b"4")
    history.restore(first.id, nothing)

    assert (work / "a").read_bytes() == b"3\n$Id$\n"
    assert state() == before
    assert not (work / "ran").exists()
    assert not (work / "hooked").exists()


def test_repositories_within_are_kept_as_files_and_restored_but_for_their_git_folder(
    history: History, work: Path, put: Put
) -> None:
    for folder in ("inner", "inner/core", "unborn", "just/born"):
        put(f"{folder}/file", folder.encode())
        git(work / folder, "init", "-q")
    git(work / "inner/core", "add", "-A")
    git(work / "inner/core", "commit", "-qm", "x")
    put("sub/s", b"submodule")
    git(work / "sub", "init", "-q")
    git(work / "sub", "add", "-A")
    git(work / "sub", "commit", "-qm", "x")
    git(work, "init", "-q")
    git(work, "submodule", "--quiet", "add", str(work / "sub"), "module")
    before = tree(work)
    first = history.create()

    for path in ("inner/file", "inner/core/file", "unborn/file", "module/s"):
        put(path, b"changed")
    (work / "just/born/file").unlink()
    done, _ = history.restore(first.id, nothing)

    assert done.kept == {}
    assert tree(work) == before
    assert (work / "inner/core/.git/HEAD").exists()


def test_strange_names_and_link_loops_come_back(history: History, work: Path, put: Put) -> None:
    names = ["new\nline", "tab\t", 'quo"te', "back\\slash", " space ", "ümläut", "-dash", "a*[b]?"]
    for name in names:
        put(name, name.encode())
    Path(os.fsdecode(os.fsencode(work) + b"/\xff\xfe")).write_bytes(b"bytes")
    put("loop", link="loop")
    put("up", link="../..")
    os.mkfifo(work / "pipe")
    first = history.create()
    (work / "pipe").unlink()
    before = tree(work)
    for name in names:
        (work / name).unlink()
    (work / "loop").unlink()

    done, _ = history.restore(first.id, nothing)

    assert done.kept == {}
    assert tree(work) == before


def test_an_unreadable_file_is_left_out_and_said(history: History, work: Path, put: Put) -> None:
    put("fine", b"1")
    put("broken", link="/proc/self/mem/nothing")
    put("secret", b"s")
    (work / "secret").chmod(0)
    first = history.create()
    readable = os.access(work / "secret", os.R_OK)
    assert ("secret" in first.skipped) is not readable
    assert first.files == 2 + readable


def test_unchanged_projects_share_everything(
    store: Store, history: History, work: Path, put: Put
) -> None:
    for number in range(50):
        put(f"f{number}", os.urandom(2000))
    first = history.create()
    size = store.size()
    second = history.create()
    assert second.tree == first.tree
    assert second.files == 50
    assert store.size() - size < 16_384
    assert [one.id for one in history.all()] == [second.id, first.id]


def test_forgetting_one_leaves_the_others_whole(
    store: Store, history: History, work: Path, put: Put
) -> None:
    kept = []
    for number in range(6):
        put("a", b"%d" % number * 1000)
        kept.append(history.create(str(number)))
    history.forget([kept[0].id, kept[3].id])
    collect(store)
    assert [one.label for one in history.all()] == ["5", "4", "2", "1"]
    for one in history.all():
        history.verify(one.id)
        history.restore(one.id, nothing)
        assert (work / "a").read_bytes() == str(one.label).encode() * 1000


def test_a_restore_that_meets_a_newer_write_keeps_it(
    store: Store, history: History, work: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the checkpoint before a restore and the exchange, somebody saves."""
    put("a", b"old")
    first = history.create()
    put("a", b"new")
    rescued: Rescued = []
    original = Store.readable

    def late(self: Store, names: Any) -> Any:
        if names == [store.name_of(b"old")]:
            put("a", b"newest")
        return original(self, names)

    monkeypatch.setattr(Store, "readable", late)
    history.restore(first.id, lambda path, content: rescued.append((path, content)))

    assert (work / "a").read_bytes() == b"old"
    assert rescued == [("a", b"newest")]


def test_two_writers_take_turns(store: Store, history: History, work: Path, put: Put) -> None:
    put("a", b"1")
    other = History(Store(store.path, store.cipher), work, Rules())
    failures: list[BaseException] = []

    def make(which: History) -> None:
        try:
            for _ in range(5):
                which.create()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=(one,)) for one in (history, other, history)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(history.all()) == 15


def test_files_that_change_while_they_are_read_are_kept_in_some_state(
    history: History, work: Path, put: Put
) -> None:
    for number in range(300):
        put(f"f{number}", b"0")
    stop = threading.Event()

    def scribble() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            (work / f"f{number % 300}").write_bytes(b"x" * (number % 5000))

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        made = [history.create() for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for one in made:
        history.verify(one.id)
        assert one.files + len(one.skipped) == 300


def test_missing_objects_are_stored_again_by_the_next_checkpoint(
    store: Store, history: History, work: Path, put: Put
) -> None:
    put("a", b"content")
    first = history.create()
    name = store.name_of(b"content")
    (store.path / "objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(errors.Unavailable):
        history.verify(first.id)

    put("b", b"more")
    second = history.create()

    history.verify(second.id)
    history.verify(first.id)


def test_a_broken_object_costs_its_own_file_alone(
    store: Store, history: History, work: Path, put: Put
) -> None:
    put("a", b"first")
    put("b", b"second")
    put("c", b"third")
    first = history.create()
    name = store.name_of(b"second")
    broken = store.path / "objects" / name[:2] / name[2:]
    broken.chmod(0o644)
    broken.write_bytes(b"garbage")
    for path in "abc":
        put(path, b"changed")

    done, _ = history.restore(first.id, nothing)

    assert (work / "a").read_bytes() == b"first"
    assert (work / "b").read_bytes() == b"changed"
    assert (work / "c").read_bytes() == b"third"
    assert list(done.kept) == ["b"]


def _break_in_the_pack(store: Store, names: list[str]) -> None:
    [pack] = store.path.glob("objects/pack/*.pack")
    listed = store.git("verify-pack", "-v", str(pack.with_suffix(".idx"))).decode().splitlines()
    content = bytearray(pack.read_bytes())
    for line in listed:
        name, *fields = line.split()
        if name in names:
            size, offset = int(fields[2]), int(fields[3])
            content[offset + 4 : offset + size] = bytes(size - 4)
    pack.chmod(0o644)
    pack.write_bytes(content)
    assert store.broken(names) == set(names)


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_what_a_restore_replaces_is_stored_again_where_the_stores_copy_is_broken(
    store: Store, history: History, work: Path, put: Put, packed: bool
) -> None:
    put("changed", b"first")
    first = history.create()
    put("changed", b"second, which the store has a broken copy of")
    put("new", b"new, which the store has a broken copy of too")
    history.create()
    names = [store.name_of((work / name).read_bytes()) for name in ("changed", "new")]
    if packed:
        collect(store)
        _break_in_the_pack(store, names)
    else:
        for name in names:
            (store.path / "objects" / name[:2] / name[2:]).unlink()
    rescued: dict[str, bytes] = {}

    _, before = history.restore(first.id, rescued.__setitem__)
    assert (work / "changed").read_bytes() == b"first"
    assert not (work / "new").exists()
    history.restore(before.id, rescued.__setitem__)

    assert (work / "changed").read_bytes() == b"second, which the store has a broken copy of"
    assert (work / "new").read_bytes() == b"new, which the store has a broken copy of too"


@pytest.mark.parametrize("lost", ["HEAD", "config", "info/attributes"])
def test_a_store_that_is_damaged_while_it_is_in_use_goes_on(
    store: Store, history: History, work: Path, put: Put, lost: str
) -> None:
    put("a", b"content")
    first = history.create()
    (store.path / lost).unlink()
    put("a", b"more")
    history.create()

    history.restore(first.id, nothing)

    assert (work / "a").read_bytes() == b"content"
    assert len(history.all()) == 3


def test_a_broken_index_is_made_again(store: Store, history: History, work: Path, put: Put) -> None:
    put("a", b"1")
    history.create()
    (store.path / "index").write_bytes(b"DIRC garbage")
    put("b", b"2")
    assert history.create().files == 2


def test_too_many_files_are_refused_with_a_way_on(store: Store, work: Path, put: Put) -> None:
    for number in range(5):
        put(str(number))
    with pytest.raises(errors.TooLarge, match="Ignore what need not be kept"):
        History(store, work, Rules(max_files=4)).create()


def test_without_the_key_contents_stay_secret(tmp_path: Path, work: Path, put: Put) -> None:
    put("a", b"a very secret content indeed")
    store = Store(tmp_path / "store", Cipher(b"the right key, 16+"))
    store.open({})
    first = History(store, work, Rules()).create()
    collect(store)
    stored = store.git("cat-file", "--batch-all-objects", "--batch")
    assert b"very secret" not in stored
    for cipher in (None, Cipher(b"another key, 16 bytes")):
        with pytest.raises(errors.Unavailable, match="encryption_key_file"):
            History(Store(store.path, cipher), work, Rules()).file(first.id, "a")
    assert History(store, work, Rules()).file(first.id, "a") == b"a very secret content indeed"


def test_encryption_can_be_switched_on_later(tmp_path: Path, work: Path, put: Put) -> None:
    put("a", b"1")
    plain = Store(tmp_path / "store")
    plain.open({})
    first = History(plain, work, Rules()).create()
    store = Store(tmp_path / "store", Cipher(b"a key of 16 bytes"))
    store.open({})
    put("a", b"2")
    history = History(store, work, Rules())
    second = history.create()
    assert history.file(first.id, "a") == b"1"
    assert history.file(second.id, "a") == b"2"


def test_a_full_disk_fails_clearly_and_keeps_what_is_there(
    require: Any, tmp_path: Path, work: Path, put: Put
) -> None:
    require("tmpfs mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
    try:
        store = Store(disk / "store")
        store.open({})
        history = History(store, work, Rules())
        put("a", b"small")
        first = history.create()
        put("b", os.urandom(4 << 20))
        with pytest.raises(errors.StorageFull):
            history.create()
        (work / "b").unlink()
        history.verify(first.id)
        assert history.create().files == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_random_trees_come_back_exactly(store: Store, work: Path, put: Put) -> None:
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    history = History(store, work, Rules())
    kept: list[tuple[str, dict[str, tuple[str, bytes]]]] = []
    for _ in range(12 * RUNS):
        for _ in range(chance.randrange(1, 8)):
            _mutate(work, chance)
        kept.append((history.create().id, tree(work)))
    for identity, expected in chance.sample(kept, min(6, len(kept))):
        done, _ = history.restore(identity, nothing)
        assert done.kept == {}, seed
        assert tree(work) == expected, seed


def _mutate(work: Path, chance: random.Random) -> None:
    parts = [chance.choice("abc") for _ in range(chance.randrange(1, 4))]
    path = work.joinpath(*parts)
    for parent in reversed(path.relative_to(work).parents):
        folder = work / parent
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        folder.mkdir(exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        for inside in sorted(path.rglob("*"), reverse=True):
            inside.rmdir() if inside.is_dir() and not inside.is_symlink() else inside.unlink()
        path.rmdir()
    path.unlink(missing_ok=True)
    match chance.randrange(5):
        case 0:
            path.symlink_to(chance.choice(["a", "nowhere", "../b", "/etc"]))
        case 1:
            path.write_bytes(b"#!/bin/sh\n")
            path.chmod(0o755)
        case 2 | 3:
            path.write_bytes(chance.randbytes(chance.randrange(200)))


def test_the_journal_of_a_killed_restore_rescues_what_it_took_out(
    history: History, store: Store, work: Path, put: Put
) -> None:
    put("folder/.~neoai-00aa-1", b"taken out and in no checkpoint")
    note = {"root": str(work), "token": ".~neoai-00aa-", "paths": ["x", "folder/y"]}
    (store.path / JOURNAL).write_text(json.dumps(note))
    rescued: Rescued = []
    history.rescue_left(lambda path, content: rescued.append((path, content)))
    assert rescued == [("folder/y", b"taken out and in no checkpoint")]
    assert tree(work) == {}
    assert not (store.path / JOURNAL).exists()


def test_what_was_private_is_private_when_it_comes_back(
    history: History, work: Path, put: Put
) -> None:
    put("public", b"for all")
    for name in (".env", "inner/run.sh"):
        put(name, b"secret")
    (work / ".env").chmod(0o600)
    (work / "inner/run.sh").chmod(0o700)
    first = history.create()
    for name in ("public", ".env", "inner/run.sh"):
        (work / name).unlink()

    history.restore(first.id, nothing)

    modes = {n: (work / n).stat().st_mode & 0o777 for n in ("public", ".env", "inner/run.sh")}
    assert modes[".env"] == 0o600
    assert modes["inner/run.sh"] == 0o700
    assert modes["public"] & 0o077, "only what was private is"

    (work / ".env").chmod(0o644)
    (work / "public").chmod(0o600)
    second = history.create()
    (work / ".env").unlink()
    (work / "public").unlink()
    history.restore(second.id, nothing)
    assert (work / ".env").stat().st_mode & 0o044
    assert not (work / "public").stat().st_mode & 0o077

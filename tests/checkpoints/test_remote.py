"""Copies of stores on object storage: a folder, and an S3 server over a real socket."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.checkpoints import remote
from neoai_server_ext.checkpoints.history import History, collect
from neoai_server_ext.checkpoints.remote import Copy, Remote
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.store import Store
from neoai_server_ext.checkpoints.versions import Entry, Versions

from ..object_storage import s3, s3_options  # noqa: F401
from .conftest import tree

Put = Callable[..., None]


@pytest.fixture(params=["folder", "s3"])
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Copy:
    """The copy of project `p`."""
    if request.param == "folder":
        return Remote(f"file://{tmp_path}/remote", {}).of("p")
    address = request.getfixturevalue("s3")
    bucket = f"b{uuid.uuid4().hex}"
    found = Remote(f"s3://{bucket}/kept", s3_options(address)).of("p")
    found.storage.files.mkdir(bucket)
    return found


def test_a_lost_store_comes_back_whole(
    copy: Copy, store: Store, history: History, work: Path, put: Put, tmp_path: Path
) -> None:
    for number in range(5):
        put(f"f{number}", os.urandom(1000))
        history.create(str(number))
        Versions(store).record([Entry("a", b"%d" % number, "save")])
        assert copy.push(store) > 0
    assert copy.push(store) == 0
    before = tree(work)

    found = Store(tmp_path / "found", store.cipher)
    found.open({"project": "p"})
    assert copy.pull(found)

    again = History(found, work, Rules())
    assert [one.label for one in again.all()] == ["4", "3", "2", "1", "0"]
    for one in again.all():
        again.verify(one.id)
    assert len(Versions(found).of("a")) == 5
    shutil.rmtree(work)
    work.mkdir()
    again.restore(again.all()[0].id, lambda path, content: None)
    assert tree(work) == before


def test_a_store_that_began_anew_is_joined_with_its_copy(
    copy: Copy, store: Store, history: History, work: Path, put: Put, tmp_path: Path
) -> None:
    """The disk was lost while the storage could not be asked."""
    put("a", b"1")
    history.create("old")
    Versions(store).record([Entry("a", b"1", "save")])
    copy.push(store)
    found = Store(tmp_path / "found", store.cipher)
    found.open({"project": "p"})
    put("a", b"2")
    again = History(found, work, Rules())
    again.create("new")
    Versions(found).record([Entry("a", b"2", "save"), Entry("b", b"2", "save")])

    copy.push(found)

    assert [one.label for one in again.all()] == ["new", "old"]
    assert [Versions(found).read("a", one.id) for one in Versions(found).of("a")] == [b"2", b"1"]
    third = Store(tmp_path / "third", store.cipher)
    third.open({"project": "p"})
    copy.pull(third)
    assert [one.label for one in History(third, work, Rules()).all()] == ["new", "old"]
    assert len(Versions(third).of("b")) == 1


def test_a_push_sends_what_is_new_alone(
    copy: Copy, store: Store, history: History, put: Put
) -> None:
    put("big", os.urandom(500_000))
    history.create()
    assert copy.push(store) > 500_000
    put("small", b"x")
    history.create()
    assert copy.push(store) < 5_000


def test_a_push_that_was_cut_off_goes_on_where_it_stopped(
    copy: Copy, store: Store, history: History, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PART", 100_000)
    put("big", os.urandom(1_000_000))
    history.create("sent in two goes")
    original, sent = copy.storage.files.pipe_file, []

    def breaks(path: str, content: bytes, **options: Any) -> None:
        if len(sent) == 4:
            raise ConnectionResetError("the storage went away")
        sent.append(path)
        original(path, content, **options)

    monkeypatch.setattr(copy.storage.files, "pipe_file", breaks)
    with pytest.raises(errors.Unavailable, match="is sent later"):
        copy.push(store)
    assert copy.latest() is None
    history.verify(history.all()[0].id)

    monkeypatch.setattr(copy.storage.files, "pipe_file", original)
    assert copy.push(store) in range(500_000, 700_000)
    assert copy.latest() is not None


def test_what_was_changed_on_the_storage_is_not_believed(
    copy: Copy, store: Store, history: History, put: Put, tmp_path: Path
) -> None:
    put("a", os.urandom(3000))
    history.create()
    copy.push(store)
    (path,) = copy.storage.find("packs")
    content = bytearray(copy.storage.files.cat_file(path))
    content[1000] ^= 1
    copy.storage.files.pipe_file(path, bytes(content))
    found = Store(tmp_path / "found", store.cipher)
    found.open({"project": "p"})
    with pytest.raises(errors.Unavailable, match="digest is wrong"):
        copy.pull(found)


@pytest.mark.parametrize("left", [b"", b'{"id": "20', b"{}", b'{"id": 1, "refs": [], "packs": 1}'])
def test_a_manifest_that_a_killed_push_left_half_written_stops_nothing(
    left: bytes, copy: Copy, store: Store, history: History, put: Put, tmp_path: Path
) -> None:
    put("a", b"1")
    first = history.create()
    copy.push(store)
    copy.storage.put("manifests/20990101T000000000000-ffffff.json", left)
    put("a", b"2")
    second = history.create()

    assert copy.push(store) > 0
    found = Store(tmp_path / "found", store.cipher)
    found.open({"project": "p"})
    assert copy.pull(found)
    refs = found.git("for-each-ref", "--format=%(refname)").decode()
    assert first.id in refs
    assert second.id in refs


def test_many_packs_become_one_and_what_was_thinned_goes(
    copy: Copy, store: Store, history: History, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MAX_PACKS", 3)
    for number in range(9):
        put("a", os.urandom(10_000))
        history.create(str(number))
        if number == 5:
            history.forget([one.id for one in history.all()[1:]])
            collect(store)
        copy.push(store)
    latest = copy.latest()
    assert latest is not None
    assert len(latest["packs"]) <= 3
    assert len(latest["refs"]) == 4
    assert len(copy.storage.find("manifests")) == remote.KEEP_MANIFESTS


def test_a_storage_that_is_not_there_is_said_with_what_happens_next(
    store: Store, history: History, put: Put
) -> None:
    put("a", b"1")
    history.create()
    nowhere = Remote("s3://bucket/x", s3_options("http://127.0.0.1:9"))
    with pytest.raises(errors.Unavailable, match="stays on this disk"):
        nowhere.of("p").push(store)
    with pytest.raises(errors.Unavailable):
        Remote("nosuchprotocol://x", {}).of("p")


async def test_a_servers_lost_store_comes_back_from_its_copy(
    call: Any, served: Any, root: Path, projects: Any, jp_serverapp: Any, tmp_path: Path
) -> None:
    service = jp_serverapp.web_app.settings["neoai"].checkpoints
    service.storage_url = f"file://{tmp_path}/storage"
    project = await served()
    await call("PUT", f"/projects/{project}/files/a", body=b"1")
    await call("POST", f"/projects/{project}/checkpoints", {"label": "kept"})
    assert len((await call("GET", f"/projects/{project}/versions/a")).json["items"]) == 1
    assert await service.push(project) > 0
    while service._tidying:  # it packs what was made first
        await asyncio.wait(service._tidying)

    shutil.rmtree(tmp_path / "neoai-data/checkpoints" / project)

    (found,) = (await call("GET", f"/projects/{project}/checkpoints")).json["items"]
    assert found["label"] == "kept"
    assert len((await call("GET", f"/projects/{project}/versions/a")).json["items"]) == 1

"""A project on a disk that takes `Name` and `name` for one: exFAT, as USB sticks have it, which
knows no links and no permissions either."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..conftest import require as require_part


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def disk(root: Path, tmp_path: Path) -> Iterator[Path]:
    """An exFAT disk at the folder `work` of the served one."""
    require_part("exFAT disk")
    image, place = tmp_path / "exfat.img", root / "work"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(32 << 20)
    subprocess.run(["mkfs.exfat", str(image)], check=True, capture_output=True)
    attach = ["losetup", "--find", "--show", str(image)]
    device = subprocess.run(attach, check=True, capture_output=True, text=True).stdout.strip()
    try:
        mount = ["mount.exfat-fuse", device, str(place)]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


async def test_a_name_in_other_capitals_is_the_same_file(
    call: Any, served: Any, disk: Path, url: Any
) -> None:
    project = await served()
    made = await call("PUT", url(project, "Notes.md"), body=b"one")
    assert made.code == 201, made.body
    none = {"If-None-Match": "*"}
    assert (await call("PUT", url(project, "NOTES.md"), body=b"two", headers=none)).code == 412
    assert (disk / "Notes.md").read_bytes() == b"one"
    stale = {"If-Match": '"0000"'}
    assert (await call("PUT", url(project, "notes.md"), body=b"two", headers=stale)).code == 412
    fresh = {"If-Match": made.headers["ETag"]}
    assert (await call("PUT", url(project, "Notes.md"), body=b"two", headers=fresh)).code == 200
    assert len(names(disk)) == 1
    assert (disk / "Notes.md").read_bytes() == b"two"


async def test_a_file_is_renamed_to_other_capitals_and_never_over_another(
    call: Any, served: Any, disk: Path
) -> None:
    project = await served()
    (disk / "Foo.py").write_text("foo")
    (disk / "bar.py").write_text("bar")
    (disk / "Folder").mkdir()
    (disk / "Folder/inside").write_text("x")
    move = f"/projects/{project}/move"
    assert (await call("POST", move, {"from": "Foo.py", "to": "foo.py"})).code == 200
    assert (await call("POST", move, {"from": "Folder", "to": "folder"})).code == 200
    assert names(disk) == ["bar.py", "folder", "foo.py"]
    refused = await call("POST", move, {"from": "bar.py", "to": "FOO.py"})
    assert refused.code == 409
    assert refused.json["type"].endswith("exists")
    assert (disk / "foo.py").read_text() == "foo"
    assert (disk / "bar.py").read_text() == "bar"


async def test_one_folder_is_one_project_however_its_name_is_written(
    call: Any, served: Any, disk: Path
) -> None:
    (disk / "Shop").mkdir()
    first = await call("POST", "/projects", {"name": "shop", "path": "work/Shop"})
    assert first.code == 201
    again = await call("POST", "/projects", {"name": "shop", "path": "work/SHOP"})
    assert again.code == 409, again.body


async def test_an_archive_whose_names_differ_in_capitals_alone_is_refused_whole(
    call: Any, served: Any, disk: Path
) -> None:
    project = await served()
    with zipfile.ZipFile(disk / "both.zip", "w") as archive:
        archive.writestr("readme", "one")
        archive.writestr("README", "two")
    body = {"path": "both.zip", "to": "both"}
    answer = await call("POST", f"/projects/{project}/import", body)
    assert answer.code == 422, answer.body
    assert "README" in answer.json["detail"]
    assert names(disk) == ["both.zip"]


async def test_checkpoints_keep_and_restore_what_was_renamed_in_capitals_alone(
    call: Any, served: Any, disk: Path
) -> None:
    project = await served()
    (disk / "Foo.py").write_text("one")
    (disk / "other").write_text("other")
    checkpoints = f"/projects/{project}/checkpoints"
    first = (await call("POST", checkpoints, {})).json["id"]
    (disk / "Foo.py").rename(disk / "foo.py")
    second = (await call("POST", checkpoints, {})).json
    assert second["files"] == 2
    (disk / "foo.py").write_text("two")

    back = await call("POST", f"{checkpoints}/{first}/restore", {})

    assert back.code == 200, back.body
    assert (disk / "Foo.py").read_text() == "one"
    assert len(names(disk)) == 2
    again = await call("POST", f"{checkpoints}/{back.json['undo']}/restore", {})
    assert again.code == 200, again.body
    assert (disk / "foo.py").read_text() == "two"
    assert len(names(disk)) == 2

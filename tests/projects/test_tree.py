"""The tree over HTTP: pages, depth, glob, kinds, and names of every sort."""

from __future__ import annotations

import asyncio
import os
import random
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ..conftest import RUNS


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


async def listed(call: Any, project: str, query: str = "") -> list[str]:
    answer = await call("GET", f"/projects/{project}/files?{query}")
    assert answer.code == 200, answer.body
    return [item["path"] for item in answer.json["items"]]


async def test_the_tree_gives_size_and_time_and_honours_gitignore(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    fill(root / "work", "src/a.py", "src/b.pyc", "out/x", ".git/config", ".hidden", "z")
    (root / "work/.gitignore").write_text("*.pyc\n/out/\n")
    os.utime(root / "work/z", ns=(0, 1_700_000_000_123_456_789))

    answer = await call("GET", f"/projects/{project}/files")

    items = {item["path"]: item for item in answer.json["items"]}
    assert list(items) == [".gitignore", ".hidden", "src", "src/a.py", "z"]
    assert items["src"]["kind"] == "directory"
    assert items["src"]["size"] is None
    assert (items["src/a.py"]["kind"], items["src/a.py"]["size"]) == ("file", 8)
    assert items["z"]["mtime"] == "2023-11-14T22:13:20.123456Z"
    datetime.fromisoformat(items["src"]["mtime"])
    assert answer.json["next_cursor"] is None
    everything = await listed(call, project, "ignored=true")
    assert {"src/b.pyc", "out", "out/x"} <= set(everything)
    assert not any(".git/" in f"{path}/" for path in everything)


async def test_a_part_of_the_tree(call: Any, served: Any, root: Path) -> None:
    project = await served()
    fill(root / "work", "a/b/c.py", "a/b/d.txt", "a/e.py", "f.py", "a/b/deep/g.py")

    assert await listed(call, project, "depth=1") == ["a", "f.py"]
    assert await listed(call, project, "depth=2") == ["a", "a/b", "a/e.py", "f.py"]
    assert await listed(call, project, "path=a/b") == [
        "a/b/c.py", "a/b/d.txt", "a/b/deep", "a/b/deep/g.py",
    ]  # fmt: skip
    assert await listed(call, project, "path=a&depth=1") == ["a/b", "a/e.py"]
    assert await listed(call, project, "path=a/&depth=1") == ["a/b", "a/e.py"]
    assert await listed(call, project, "glob=*.py") == [
        "a/b/c.py", "a/b/deep/g.py", "a/e.py", "f.py",
    ]  # fmt: skip
    assert await listed(call, project, "glob=a/*.py") == ["a/e.py"]
    assert await listed(call, project, "glob=a/**/g.py") == ["a/b/deep/g.py"]
    assert await listed(call, project, "glob=**/b/*.txt") == ["a/b/d.txt"]
    assert await listed(call, project, "path=a/b&glob=*.py&depth=1") == ["a/b/c.py"]
    assert await listed(call, project, "glob=[") == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("path=nothing", 404),
        ("path=f.py", 409),
        ("path=..", 404),
        ("path=/etc", 404),
        ("path=.git", 404),
        ("path=%00", 404),
        ("path=%ff", 400),
        ("path=" + "x" * 256, 400),
        ("path=out", 404),
        ("depth=0", 422),
        ("depth=x", 422),
        ("limit=0", 422),
        ("limit=100001", 422),
        ("glob=" + "x" * 1025, 422),
        ("glob=", 422),
        ("cursor=!", 400),
        ("cursor=WzFd", 400),
        ("cursor=" + "x" * 9000, 422),
        ("ignored=perhaps", 422),
    ],
)
async def test_a_bad_query_is_refused(
    call: Any, served: Any, root: Path, query: str, status: int
) -> None:
    project = await served()
    fill(root / "work", "f.py", ".git/config")
    (root / "work/out").symlink_to("/etc")
    assert (await call("GET", f"/projects/{project}/files?{query}")).code == status


@pytest.mark.parametrize("seed", range(5 * RUNS))
async def test_pages_of_any_size_make_up_the_whole_in_the_same_order(
    call: Any, served: Any, root: Path, seed: int
) -> None:
    chance = random.Random(seed)
    project = await served()
    names = ["a", "a.b", "a b", "a-b", "b", "é", "数", "A", "~", "!"]
    for _ in range(60):
        path = "/".join(chance.choices(names, k=chance.randint(1, 4)))
        folder = root / "work" / path
        if all(not p.is_file() for p in [folder, *folder.parents]):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "f").exists():
                (folder / "f").touch()
    whole = await listed(call, project)

    for limit in (1, 3, 7):
        found, cursor = [], ""
        while True:
            page = (await call("GET", f"/projects/{project}/files?limit={limit}{cursor}")).json
            found += [item["path"] for item in page["items"]]
            assert len(page["items"]) <= limit
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert found == whole


async def test_a_page_goes_on_where_its_last_entry_is_gone(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    fill(root / "work", "a/1", "a/2", "b/1", "c")
    page = (await call("GET", f"/projects/{project}/files?limit=3")).json
    assert [item["path"] for item in page["items"]] == ["a", "a/1", "a/2"]
    for path in ("a/1", "a/2"):
        (root / "work" / path).unlink()
    (root / "work/a").rmdir()

    assert await listed(call, project, f"cursor={page['next_cursor']}") == ["b", "b/1", "c"]


async def test_symlinks_are_shown_and_followed_only_inside(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    work = root / "work"
    fill(work, "real/a.txt", ".git/config")
    (root / "secret").write_text("secret")
    for name, target in [
        ("to-file", "real/a.txt"),
        ("to-folder", "real"),
        ("dangling", "nowhere"),
        ("out", "../secret"),
        ("loop", "loop"),
        ("into-git", ".git/config"),
        ("git-folder", ".git"),
    ]:
        (work / name).symlink_to(target)

    answer = await call("GET", f"/projects/{project}/files")

    kinds = {i["path"]: i.get("target") for i in answer.json["items"] if i["kind"] == "symlink"}
    assert kinds["to-file"] == "file"
    assert kinds["to-folder"] == "directory"
    assert kinds["dangling"] == "missing"
    assert kinds["out"] == "outside"
    assert "to-folder/a.txt" not in [i["path"] for i in answer.json["items"]]
    assert await listed(call, project, "path=to-folder") == ["to-folder/a.txt"]
    address = f"/projects/{project}/files"
    assert (await call("GET", f"{address}/to-folder/a.txt")).body == b"real/a.txt"
    for name in ("out", "dangling", "loop", "into-git", "git-folder/config"):
        assert (await call("GET", f"{address}/{name}")).code == 404
    for name in ("out", "into-git", "git-folder/config", "git-folder/new", "loop"):
        assert (await call("PUT", f"{address}/{name}", body=b"x")).code == 404
    assert (await call("DELETE", f"{address}/git-folder/config")).code == 404
    assert (root / "secret").read_text() == "secret"
    assert (work / ".git/config").read_text() == ".git/config"


async def test_names_of_every_sort_are_listed_read_and_deleted(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    names = [
        b"latin-\xe9.txt", b"back\\slash", b"new\nline", b'quo"te', b"per%cent", b"sp ace ",
        b"dot.", b"hash#?&", "emoji-😀".encode(), b"con", b"x" * 240, b"-dash", b"..dots", b"\x01",
    ]  # fmt: skip
    for name in names:
        (root / "work" / os.fsdecode(name)).write_bytes(name)

    answer = await call("GET", f"/projects/{project}/files")

    items = answer.json["items"]
    assert len(items) == len(names)
    latin = next(item for item in items if "path_encoded" in item)
    assert (latin["path"], latin["path_encoded"]) == ("latin-\ufffd.txt", "latin-%E9.txt")
    for name in names:
        address = f"/projects/{project}/files/{quote(name, safe='')}"
        assert (await call("GET", address)).body == name
        assert (await call("PUT", address, body=b"new")).code == 200
        assert (await call("DELETE", address)).code == 204
    assert await listed(call, project) == []


async def test_what_is_no_file_folder_or_link_is_listed_as_other(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    os.mkfifo(root / "work/pipe")
    answer = await call("GET", f"/projects/{project}/files")
    assert answer.json["items"][0]["kind"] == "other"


async def test_a_very_deep_tree_is_listed(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work").joinpath(*["d"] * 600).mkdir(parents=True)
    assert len(await listed(call, project)) == 600


async def test_a_big_listing_leaves_the_event_loop_free(call: Any, served: Any, root: Path) -> None:
    project = await served()
    for folder in range(100):
        fill(root / "work", *(f"d{folder}/f{number}" for number in range(100)))
    lags = []
    done = False

    async def watch() -> None:
        while not done:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append(time.perf_counter() - started)

    watching = asyncio.ensure_future(watch())
    answer = await call("GET", f"/projects/{project}/files?limit=100000")
    done = True
    await watching

    assert len(answer.json["items"]) == 10_100
    assert max(lags) < 0.05

"""Paths meant to harm, full and read-only disks, denied permission: a status each, nothing lost."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from neoai_server_ext.projects import files, paths

from ..conftest import RUNS


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small tmpfs at a folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def snapshot(folder: Path) -> dict[str, str]:
    """Every path below a folder with its content's digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file() and not path.is_symlink()
        else "-"
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize(
    ("path", "get", "put"),
    [
        ("../secret", 404, 404),
        ("a/../../secret", 404, 404),
        ("%2e%2e/secret", 404, 404),
        ("%2e%2e%2fsecret", 404, 404),
        ("/etc/passwd", 404, 404),
        ("%2Fetc%2Fpasswd", 404, 404),
        ("..%5c..%5csecret", 404, 422),
        ("a%5cb", 404, 422),
        ("a%00b", 400, 400),
        ("%00", 400, 400),
        ("a%0ab", 404, 422),
        ("a%7f", 404, 422),
        ("a//b", 400, 400),
        ("./a", 400, 400),
        ("a/.", 400, 400),
        ("a/", 400, 400),
        (".", 400, 400),
        ("..", 404, 404),
        ("x" * 256, 400, 400),
        ("%C3%A4" * 128, 400, 400),
        ("y/" * 2100 + "z", 400, 400),
        (".git", 404, 404),
        (".git/config", 404, 404),
        (".GIT/config", 404, 404),
        (".git%20/config", 404, 404),
        (".git./config", 404, 404),
        ("git~1/config", 404, 404),
        ("sub/.git/config", 404, 404),
        ("CON", 404, 422),
        ("nul.txt", 404, 422),
        ("sub/com1.log", 404, 422),
        ("%ff", 404, 422),
        ("a%ed%a0%80", 404, 422),
    ],
)
async def test_a_harmful_path_has_its_own_status(
    call: Any, served: Any, root: Path, path: str, get: int, put: int
) -> None:
    project = await served()
    (root / "secret").write_text("secret")
    (root / "work/.git").mkdir()
    (root / "work/.git/config").write_text("config")
    before = snapshot(root)
    address = f"/projects/{project}/files/{path}"

    assert (await call("GET", address)).code == get
    assert (await call("HEAD", address)).code == get
    assert (await call("DELETE", address)).code == get
    assert (await call("PUT", address, body=b"x")).code == put

    assert snapshot(root) == before


PIECES = [
    "..", ".", "", "/", "//", "\\", "\0", "\n", "%", "%2e", "~", "$HOME", "a", "b.txt", ".git",
    ".GIT", "CON", "x" * 255, "x" * 256, "link-out", "link-git", "loop", "sub", "é", "😀", "\x7f",
    " ", "*", "?", "[", ":", "|", "'", '"', ";", "&", "#", "{}", "\u202e", ".~neoai-x", "-rf", "@",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(6 * RUNS))
async def test_random_nasty_paths_never_fail_and_never_reach_out(
    call: Any, served: Any, root: Path, seed: int
) -> None:
    chance = random.Random(seed)
    project = await served()
    (root / "secret").write_text("secret")
    work = root / "work"
    (work / "sub").mkdir()
    (work / ".git").mkdir()
    (work / ".git/config").write_text("config")
    (work / "link-out").symlink_to("../")
    (work / "link-git").symlink_to(".git")
    (work / "loop").symlink_to("loop")

    for _ in range(50):
        joined = chance.choice(["/", ""]).join(chance.choices(PIECES, k=chance.randint(1, 5)))
        raw = joined.encode() + bytes(chance.choices(range(256), k=chance.choice([0, 0, 0, 3])))
        address = f"/projects/{project}/files/{quote(raw, safe=chance.choice(['', '/']))}"
        codes = {}
        for method in ("GET", "PUT", "GET", "DELETE"):
            options = {"body": b"x"} if method == "PUT" else {}
            codes[method] = (await call(method, address, **options)).code
        query = f"path={quote(joined, safe='')}&glob={quote(joined[:1000] or 'x', safe='')}"
        codes["tree"] = (await call("GET", f"/projects/{project}/files?{query}")).code
        move = {"from": joined or "x", "to": chance.choice(PIECES) or "x"}
        codes["move"] = (await call("POST", f"/projects/{project}/move", move)).code
        if codes["move"] == 200:
            move = {"from": move["to"], "to": move["from"]}
            assert (await call("POST", f"/projects/{project}/move", move)).code in (200, 404, 422)
        assert max(codes.values()) < 500, (raw, codes)

    assert (root / "secret").read_text() == "secret"
    assert (work / ".git/config").read_text() == "config"
    assert sorted(p.name for p in root.iterdir()) == ["secret", "work"]


async def test_a_full_disk_is_507_and_the_old_content_stands(
    call: Any, served: Any, root: Path, require: Callable[[str], None]
) -> None:
    require("tmpfs mount")
    project = await served()
    work = root / "work"
    with mounted(work, "size=256k"):
        (work / "a").write_bytes(b"old")
        (work / "filler").write_bytes(b"x" * 100_000)

        for path in ("a", "new", "new/folder/b"):
            answer = await call("PUT", f"/projects/{project}/files/{path}", body=b"y" * 1_000_000)
            assert answer.code == 507, answer.body
            assert "full" in answer.json["detail"].lower()

        assert (work / "a").read_bytes() == b"old"
        assert sorted(p.name for p in work.iterdir()) == ["a", "filler"]
        assert (await call("PUT", f"/projects/{project}/files/a", body=b"small")).code == 200


async def test_a_disk_without_inodes_is_507(
    call: Any, served: Any, root: Path, require: Callable[[str], None]
) -> None:
    require("tmpfs mount")
    project = await served()
    work = root / "work"
    with mounted(work, "size=1m,nr_inodes=3"):
        (work / "a").write_bytes(b"old")
        (work / "b").write_bytes(b"old")
        for path in ("a", "c", "d/e"):
            answer = await call("PUT", f"/projects/{project}/files/{path}", body=b"new")
            assert answer.code == 507
        assert snapshot(work).keys() == {"a", "b"}
        assert (work / "a").read_bytes() == b"old"


async def test_a_clone_onto_a_full_disk_is_507_and_leaves_nothing(
    call: Any, root: Path, require: Callable[[str], None]
) -> None:
    require("tmpfs mount")
    origin = root / "origin"
    origin.mkdir()
    (origin / "big").write_bytes(os.urandom(2_000_000))
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "big"], [*identity, "commit", "-q", "-m", "big"]):
        subprocess.run(["git", *command], cwd=origin, check=True)
    with mounted(root / "small", "size=512k"):
        body = {"git_url": "origin", "path": "small/deep/clone"}
        answer = await call("POST", "/projects", body)
        assert answer.code == 507, answer.body
        assert list((root / "small").iterdir()) == []
    assert (await call("GET", "/projects")).json["items"] == []


async def test_a_read_only_disk_is_403(
    call: Any, served: Any, root: Path, require: Callable[[str], None]
) -> None:
    require("tmpfs mount")
    project = await served()
    work = root / "work"
    with mounted(work, "size=256k"):
        (work / "a").write_bytes(b"old")
        subprocess.run(["mount", "-o", "remount,ro", str(work)], check=True)
        address = f"/projects/{project}/files"
        for path in ("a", "new", "folder/new"):
            assert (await call("PUT", f"{address}/{path}", body=b"x")).code == 403
        moved = await call("POST", f"/projects/{project}/move", {"from": "a", "to": "b"})
        assert moved.code == 403
        assert (await call("DELETE", f"{address}/a")).code == 409
        assert (await call("GET", f"{address}/a")).body == b"old"


DENIED = """
import os, sys
import send2trash
from neoai_server_ext import errors
from neoai_server_ext.projects import files

root = sys.argv[1]
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)

def refused(what):
    try:
        what()
    except errors.NeoAIError as error:
        return type(error).__name__
    return "done"

print(
    refused(lambda: files.Reading(root, "unreadable")),
    refused(lambda: files.Writing(root, "read-only", limit=9)),
    refused(lambda: files.Writing(root, "closed/new", limit=9)),
    refused(lambda: files.Reading(root, "closed/a")),
    refused(lambda: files.move(root, "locked/a", "b")),
    refused(lambda: files.delete(root, "locked/a", files.Condition())),
)
"""


def test_denied_permission_is_said_and_nothing_changes() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o777)
        for path in ("unreadable", "read-only", "closed/a", "locked/a"):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text("content")
        (root / "unreadable").chmod(0o000)
        (root / "read-only").chmod(0o444)
        (root / "closed").chmod(0o000)
        (root / "locked").chmod(0o555)
        script = [sys.executable, "-c", DENIED, name]

        done = subprocess.run(script, capture_output=True, text=True, check=True)

        (root / "unreadable").chmod(0o644)
        (root / "closed").chmod(0o755)
        (root / "locked").chmod(0o755)
        forbidden = "Forbidden"
        assert done.stdout.split() == [forbidden] * 5 + ["Conflict"]
        assert sorted(snapshot(root)) == sorted(
            ["unreadable", "read-only", "closed", "closed/a", "locked", "locked/a"]
        )


def test_a_symlink_put_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "work/sub").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a").write_text("secret")
    root = str(tmp_path / "work")
    parts = paths.resolve(root, paths.parse("sub/a"))
    (tmp_path / "work/sub").rmdir()
    (tmp_path / "work/sub").symlink_to(tmp_path / "outside")

    with (
        pytest.raises(OSError, match=r"Not a directory|Too many levels"),
        paths.folder(root, parts[:-1]),
    ):
        pass


@pytest.mark.parametrize("nameless", [0, os.O_DIRECTORY])  # not known, or EISDIR from the disk
def test_a_disk_without_nameless_files_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: int
) -> None:
    monkeypatch.setattr(files, "NAMELESS", nameless)
    root = str(tmp_path)
    for content in (b"one", b"two"):
        writing = files.Writing(root, "sub/a", limit=10)
        writing.write(content)
        assert [p.name.startswith(".~neoai-") for p in (tmp_path / "sub").iterdir()].count(
            True
        ) == 1
        writing.commit(files.Condition(none=content == b"one"))
        assert (tmp_path / "sub/a").read_bytes() == content
    writing = files.Writing(root, "new/b", limit=10)
    writing.write(b"x")
    writing.abort()

    assert sorted(snapshot(tmp_path)) == ["sub", "sub/a"]


def test_a_file_renamed_over_is_never_overwritten_without_renameat2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_libc", None)
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    from neoai_server_ext.errors import Conflict

    with pytest.raises(Conflict):
        files.move(str(tmp_path), "a", "b")
    files.move(str(tmp_path), "a", "c")

    assert snapshot(tmp_path).keys() == {"b", "c"}


def test_the_digest_of_a_file_that_was_just_written_is_never_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a"
    digests = files.Digests()
    path.write_bytes(b"one")
    descriptor = os.open(path, os.O_RDWR)
    first = digests.of(descriptor)
    status = path.stat()
    os.pwrite(descriptor, b"two", 0)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digests.of(descriptor) != first
    os.close(descriptor)


def test_a_file_that_changes_while_it_is_read_is_not_passed_off_as_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    reading = files.Reading(str(tmp_path), "a")
    assert reading.settled(0, 50) == b"x" * 50
    (tmp_path / "a").write_bytes(b"y" * 100)
    assert reading.settled(50, 50) == b""
    reading.close()


@pytest.mark.parametrize(
    "name", [".~neoai-0123456789abcdef.tmp", "new/.~neoai-aaaaaaaaaaaaaaaa.tmp"]
)
async def test_the_names_of_what_is_not_whole_yet_are_ours_alone(
    call: Any, served: Any, root: Path, name: str
) -> None:
    project = await served()
    work = root / "work"
    (work / "a.txt").write_text("content")
    put = await call("PUT", f"/projects/{project}/files/{quote(name)}", body=b"content")
    moved = await call("POST", f"/projects/{project}/move", {"from": "a.txt", "to": name})
    made = await call("POST", f"/projects/{project}/folders", {"path": name})
    assert [put.code, moved.code, made.code] == [422, 422, 422]
    assert (work / "a.txt").read_text() == "content"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/projects", {"name": "x", "template": ""}, 422),
        ("/projects", {"name": "x", "template": "x" * 10_000}, 422),
        ("/projects", {"name": "x", "template": "\ud800"}, 422),
        ("/ai/completions", {"prefix": "a", "project_id": "\ud800"}, 400),
        ("/ai/code-generation", {"instruction": "a", "project_id": "\ud800"}, 400),
        ("/format", {"path": "x.json", "content": "[" * 100_000}, 422),
        (
            "/analytics/events",
            {"events": [{"id": "1", "kind": "k", "at": "0001-01-01T00:00:00+14:00"}]},
            422,
        ),
        (
            "/analytics/events",
            {
                "events": [
                    {"id": "1", "kind": "k", "at": "2026-01-01T00:00:00Z", "project_id": "\ud800"}
                ]
            },
            400,
        ),
    ],
)
async def test_what_is_no_text_or_no_time_is_refused(
    call: Any, root: Path, path: str, body: dict[str, Any], status: int
) -> None:
    (root / "x.json").write_text("[]")
    reply = await call("POST", path, body)
    assert reply.code == status, reply.body
    assert reply.json["detail"]

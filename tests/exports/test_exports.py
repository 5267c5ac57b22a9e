"""Exports that are kept, over HTTP: in a folder, and on an S3 server over a real socket."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import HTTPStreamClosedError

from neoai_server_ext.exports import spool

from ..object_storage import s3_options

SMALL = 100_000
SECRET = b"correct horse battery staple"


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return {name: found.read(name) for name in found.namelist()}


def lying(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "PART", SMALL)


@pytest.fixture(params=["folder", "s3"])
def kept_in(request: pytest.FixtureRequest) -> str:
    if request.param == "s3":
        request.getfixturevalue("bucket")
    return str(request.param)


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_an_export_is_kept_and_comes_back_whole(
    kept_in: str,
    encrypted: bool,
    call: Any,
    served: Any,
    ended: Any,
    root: Path,
    tmp_path: Path,
    jp_serverapp: Any,
    small_parts: None,
) -> None:
    if encrypted:
        (tmp_path / "key").write_bytes(b"a key of more than sixteen bytes")
        extension = jp_serverapp.web_app.settings["neoai"]
        extension.checkpoints.encryption_key_file = str(tmp_path / "key")
    project = await served()
    content = {"a.txt": SECRET, "sub/ü.bin": os.urandom(350_000)}
    for name, data in content.items():
        await call("PUT", f"/projects/{project}/files/{name.replace('ü', '%C3%BC')}", body=data)
    (root / "work/.gitignore").write_text("left-out\n")
    (root / "work/left-out").write_bytes(b"x")
    assert (await call("GET", f"/projects/{project}/exports")).json["items"] == []

    started = await call("POST", f"/projects/{project}/exports", {})
    assert started.code == 202
    export = started.json["id"]
    assert started.headers["Location"].endswith(f"/projects/{project}/exports/{export}")

    found = await ended(project, export)
    assert (found["state"], found["progress"], found["name"]) == ("ready", 1.0, "work")
    got = await call("GET", f"/projects/{project}/exports/{export}/content")
    assert got.headers["Content-Type"] == "application/zip"
    assert "work.zip" in got.headers["Content-Disposition"]
    assert len(got.body) == found["bytes"] > 350_000
    assert hashlib.sha256(got.body).hexdigest() == found["sha256"]
    assert files_of(got.body) == {**content, ".gitignore": b"left-out\n"}
    assert (await call("GET", f"/projects/{project}/exports")).json["items"] == [found]
    assert lying(tmp_path / "neoai-data/exports-outgoing") == []
    if kept_in == "folder":
        stored = b"".join(path.read_bytes() for path in lying(tmp_path / "neoai-data/exports"))
        assert (b"PK\x03\x04" in stored) is not encrypted

    assert (await call("DELETE", f"/projects/{project}/exports/{export}")).code == 204
    assert (await call("GET", f"/projects/{project}/exports/{export}")).code == 404
    assert lying(tmp_path / "neoai-data/exports") == []


async def test_a_folder_and_what_is_ignored_can_be_exported(
    call: Any, served: Any, ended: Any, root: Path
) -> None:
    project = await served()
    (root / "work/sub").mkdir()
    (root / "work/sub/.gitignore").write_text("built\n")
    (root / "work/sub/built").write_text("b")
    body = {"path": "sub", "ignored": True}
    export = (await call("POST", f"/projects/{project}/exports", body)).json["id"]
    assert (await ended(project, export))["name"] == "sub"
    got = await call("GET", f"/projects/{project}/exports/{export}/content")
    assert files_of(got.body) == {".gitignore": b"built\n", "built": b"b"}
    missing = await call("POST", f"/projects/{project}/exports", {"path": "none"})
    assert missing.code == 404
    for odd in ("..", "not-an-id", "20260101T000000000000-abcdef"):
        assert (await call("GET", f"/projects/{project}/exports/{odd}")).code == 404


async def test_an_upload_that_was_cut_off_goes_on_where_it_stopped(
    bucket: Any,
    call: Any,
    served: Any,
    ended: Any,
    root: Path,
    small_parts: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import s3fs

    original, sent = s3fs.S3FileSystem._pipe_file, []

    async def breaks(self: Any, path: str, data: bytes, *args: Any, **options: Any) -> Any:
        if len(sent) == 4:
            raise ConnectionResetError("the storage went away")
        sent.append(path)
        return await original(self, path, data, *args, **options)

    monkeypatch.setattr(s3fs.S3FileSystem, "_pipe_file", breaks)
    project = await served()
    data = os.urandom(10 * SMALL)
    (root / "work/big").write_bytes(data)
    export = (await call("POST", f"/projects/{project}/exports", {})).json["id"]
    found = await ended(project, export)
    assert (found["state"], found["resumable"]) == ("failed", True)
    assert "the storage went away" in found["error"]
    assert (await call("GET", f"/projects/{project}/exports/{export}/content")).code == 409
    (root / "work/big").write_bytes(b"changed since")

    first = list(sent)
    sent.clear()
    sent.extend(["counted"] * 5)  # past the one that breaks
    assert (await call("POST", f"/projects/{project}/exports/{export}/resume")).code == 202
    assert (await ended(project, export))["state"] == "ready"
    assert not set(first) & set(sent)
    got = await call("GET", f"/projects/{project}/exports/{export}/content")
    assert files_of(got.body) == {"big": data}
    assert (await call("POST", f"/projects/{project}/exports/{export}/resume")).code == 409


async def test_what_a_killed_server_was_sending_is_sent_by_the_next(
    bucket: Any,
    s3: str,
    exports: Any,
    call: Any,
    served: Any,
    ended: Any,
    root: Path,
    tmp_path: Path,
) -> None:
    project = await served()
    data = os.urandom(10 * SMALL)
    (root / "work/big").write_bytes(data)
    outgoing = tmp_path / "neoai-data/exports-outgoing"
    place = [root / "work", outgoing, exports.url, json.dumps(s3_options(s3)), project]
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.exports.victim", *map(str, place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert victim.stdin is not None
    assert victim.stdout is not None
    for _ in range(3):
        line = await asyncio.to_thread(victim.stdout.readline)
        export = line.decode().split()[0]
        victim.stdin.write(b"\n")
        victim.stdin.flush()
    victim.kill()
    victim.wait()
    there = len(bucket.find(f"{bucket.root}/kept"))
    assert there in (3, 4)
    assert (await call("GET", f"/projects/{project}/exports/{export}")).json["state"] == "running"

    await exports.start()

    assert (await ended(project, export))["state"] == "ready"
    got = await call("GET", f"/projects/{project}/exports/{export}/content")
    assert files_of(got.body) == {"big": data}
    assert lying(outgoing) == []


async def test_what_was_still_being_packed_when_the_server_was_killed_has_failed(
    exports: Any, call: Any, served: Any, tmp_path: Path
) -> None:
    project = await served()
    export = "20260101T000000000000-abcdef"
    folder = tmp_path / "neoai-data/exports-outgoing" / export
    folder.mkdir(parents=True)
    note = {"id": export, "project_id": project, "name": "work", "created_at": "2026-01-01T00:00Z"}
    (folder / "record.json").write_text(json.dumps(note))
    (folder / ("0" * 64)).write_bytes(b"a part")
    await exports.start()
    found = (await call("GET", f"/projects/{project}/exports/{export}")).json
    assert (found["state"], found["resumable"]) == ("failed", False)
    assert "Start another" in found["error"]
    assert not (folder / ("0" * 64)).exists()


async def test_what_was_changed_on_the_storage_never_passes_for_whole(
    bucket: Any,
    call: Any,
    served: Any,
    ended: Any,
    root: Path,
    small_parts: None,
    http_server_port: Any,
    jp_base_url: str,
    jp_auth_header: Any,
) -> None:
    project = await served()
    (root / "work/big").write_bytes(os.urandom(5 * SMALL))
    export = (await call("POST", f"/projects/{project}/exports", {})).json["id"]
    size = (await ended(project, export))["bytes"]
    manifest = f"{bucket.root}/kept/{project}/manifests/{export}.json"
    parts = [part["name"] for part in json.loads(bucket.cat_file(manifest))["parts"]]
    got: list[bytes] = []

    async def download() -> None:
        address = f"http://127.0.0.1:{http_server_port[-1]}{jp_base_url}neoai/v1"
        await AsyncHTTPClient().fetch(
            f"{address}/projects/{project}/exports/{export}/content",
            headers=jp_auth_header,
            streaming_callback=got.append,
        )

    def tamper(name: str) -> None:
        path = f"{bucket.root}/kept/{project}/parts/{export}/{name}"
        content = bytearray(bucket.cat_file(path))
        content[50] ^= 1
        bucket.pipe_file(path, bytes(content))

    tamper(parts[3])
    with pytest.raises((HTTPStreamClosedError, StreamClosedError, HTTPClientError)):
        await download()
    assert 0 < sum(map(len, got)) < size

    tamper(parts[0])
    answer = await call("GET", f"/projects/{project}/exports/{export}/content")
    assert (answer.code, answer.json["type"].split(":")[-1]) == (503, "remote-damaged")


async def test_a_cancelled_export_leaves_nothing_but_a_note(
    call: Any, served: Any, root: Path, tmp_path: Path
) -> None:
    project = await served()
    (root / "work/big").write_bytes(os.urandom(64 << 20))
    export = (await call("POST", f"/projects/{project}/exports", {})).json["id"]
    address = f"/projects/{project}/exports/{export}"
    assert (await call("DELETE", address)).code == 409
    assert (await call("POST", f"{address}/cancel")).json["state"] == "cancelled"
    assert (await call("POST", f"{address}/cancel")).code == 409
    outgoing = tmp_path / "neoai-data/exports-outgoing"
    assert {path.name for path in lying(outgoing)} == {"record.json", "lock"}
    assert lying(tmp_path / "neoai-data/exports") == []
    assert (await call("DELETE", address)).code == 204
    assert lying(outgoing) == []


async def test_exports_at_once_are_made_up_to_a_limit_and_go_with_their_project(
    call: Any, served: Any, root: Path, tmp_path: Path, exports: Any
) -> None:
    project = await served()
    (root / "work/big").write_bytes(os.urandom(64 << 20))
    started = [await call("POST", f"/projects/{project}/exports", {}) for _ in range(4)]
    assert [answer.code for answer in started] == [202, 202, 202, 429]
    assert started[3].headers["Retry-After"]
    tasks = [job.task for job in exports._jobs.values()]
    assert (await call("DELETE", f"/projects/{project}")).code == 204
    await asyncio.wait(tasks)
    assert lying(tmp_path / "neoai-data/exports") == []
    assert lying(tmp_path / "neoai-data/exports-outgoing") == []


async def test_the_oldest_go_when_a_new_one_is_complete(
    call: Any, served: Any, ended: Any, exports: Any
) -> None:
    exports.keep_count = 2
    project = await served()
    made = []
    for _ in range(3):
        made.append((await call("POST", f"/projects/{project}/exports", {})).json["id"])
        assert (await ended(project, made[-1]))["state"] == "ready"
    first = (await call("GET", f"/projects/{project}/exports?limit=1")).json
    assert [item["id"] for item in first["items"]] == [made[2]]
    more = f"/projects/{project}/exports?limit=1&cursor={first['next_cursor']}"
    second = (await call("GET", more)).json
    assert [item["id"] for item in second["items"]] == [made[1]]
    assert second["next_cursor"] is None


async def test_a_full_disk_is_said_and_gets_its_space_back(
    call: Any,
    served: Any,
    ended: Any,
    root: Path,
    tmp_path: Path,
    small_parts: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = await served()
    (root / "work/big").write_bytes(os.urandom(10 * SMALL))
    original, written = Path.write_bytes, []

    def full(path: Path, data: bytes) -> int:
        if len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        return original(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    export = (await call("POST", f"/projects/{project}/exports", {})).json["id"]
    found = await ended(project, export)
    assert (found["state"], found["resumable"]) == ("failed", False)
    assert "full" in found["error"]
    outgoing = tmp_path / "neoai-data/exports-outgoing"
    assert {path.name for path in lying(outgoing)} == {"record.json", "lock"}


async def test_a_storage_that_is_away_is_said(
    call: Any, served: Any, ended: Any, exports: Any
) -> None:
    exports.url, exports.options = "s3://bucket/x", s3_options("http://127.0.0.1:9")
    project = await served()
    export = (await call("POST", f"/projects/{project}/exports", {})).json["id"]
    assert (await ended(project, export))["resumable"]
    assert (await call("GET", f"/projects/{project}/exports")).code == 503
    exports.url = ""
    assert (await call("POST", f"/projects/{project}/exports/{export}/resume")).code == 202
    assert (await ended(project, export))["state"] == "ready"

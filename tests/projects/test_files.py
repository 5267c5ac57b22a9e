"""Files: strong ETags, writes that are whole or not at all, move, trash."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import Authorizer

from neoai_server_ext.projects.contents import NeoAIContentsManager


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


async def test_a_file_is_written_and_read_byte_for_byte(call: Any, served: Any, root: Path) -> None:
    project = await served()
    data = bytes(range(256)) * 3 + b"\r\n\n\r no newline at the end"

    written = await call("PUT", f"/projects/{project}/files/a/b/data.bin", body=data)
    read = await call("GET", f"/projects/{project}/files/a/b/data.bin")

    assert written.code == 201
    assert written.json["size"] == len(data)
    assert written.json["path"] == "a/b/data.bin"
    assert (root / "work/a/b/data.bin").read_bytes() == data
    assert read.body == data
    assert read.headers["ETag"] == written.headers["ETag"] == written.json["etag"]
    assert read.headers["Content-Type"] == "application/octet-stream"


async def test_an_empty_file_is_written(call: Any, served: Any, root: Path) -> None:
    project = await served()
    assert (await call("PUT", f"/projects/{project}/files/empty")).code == 201
    assert (root / "work/empty").read_bytes() == b""
    assert (await call("GET", f"/projects/{project}/files/empty")).body == b""


async def test_a_stale_etag_is_refused_and_the_file_stays(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    address = f"/projects/{project}/files/a.txt"
    first = await call("PUT", address, body=b"one")
    (root / "work/a.txt").write_bytes(b"two")  # same size, perhaps the same tick of the clock

    stale = await call("PUT", address, body=b"three", headers={"If-Match": first.json["etag"]})

    assert stale.code == 412
    assert (root / "work/a.txt").read_bytes() == b"two"
    fresh = await call("PUT", address, body=b"three", headers={"If-Match": stale.json["etag"]})
    assert fresh.code == 200
    assert (root / "work/a.txt").read_bytes() == b"three"


async def test_conditions_on_a_file_that_is_or_is_not_there(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    address = f"/projects/{project}/files/a.txt"

    assert (await call("PUT", address, body=b"1", headers={"If-Match": "*"})).code == 412
    assert (await call("PUT", address, body=b"1", headers={"If-Match": '"x"'})).code == 412
    assert not (root / "work/a.txt").exists()
    assert (await call("PUT", address, body=b"1", headers={"If-None-Match": "*"})).code == 201
    assert (await call("PUT", address, body=b"2", headers={"If-None-Match": "*"})).code == 412
    assert (await call("PUT", address, body=b"3", headers={"If-Match": "*"})).code == 200
    assert (await call("PUT", address, body=b"4", headers={"If-Match": "nonsense"})).code == 400
    assert (await call("PUT", address, body=b"4", headers={"If-None-Match": '"x"'})).code == 400
    weak = "W/" + (await call("GET", address)).headers["ETag"]
    assert (await call("PUT", address, body=b"5", headers={"If-Match": weak})).code == 412
    assert (root / "work/a.txt").read_bytes() == b"3"


async def test_of_many_writers_with_the_same_etag_exactly_one_wins(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    address = f"/projects/{project}/files/a.txt"
    etag = (await call("PUT", address, body=b"0")).json["etag"]
    bodies = [bytes([65 + i]) * 200_000 for i in range(8)]

    answers = await asyncio.gather(
        *(call("PUT", address, body=body, headers={"If-Match": etag}) for body in bodies)
    )

    assert sorted(answer.code for answer in answers) == [200] + [412] * 7
    winner = next(i for i, answer in enumerate(answers) if answer.code == 200)
    assert (root / "work/a.txt").read_bytes() == bodies[winner]
    assert [path.name for path in (root / "work").iterdir()] == ["a.txt"]


async def test_of_many_creators_exactly_one_wins(call: Any, served: Any, root: Path) -> None:
    project = await served()
    address = f"/projects/{project}/files/new/a.txt"
    bodies = [bytes([65 + i]) * 1000 for i in range(8)]

    answers = await asyncio.gather(
        *(call("PUT", address, body=body, headers={"If-None-Match": "*"}) for body in bodies)
    )

    assert sorted(answer.code for answer in answers) == [201] + [412] * 7
    assert (root / "work/new/a.txt").read_bytes() in bodies
    assert len(list((root / "work/new").iterdir())) == 1


async def test_the_mode_of_a_file_is_kept(call: Any, served: Any, root: Path) -> None:
    project = await served()
    script = root / "work/run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o750)

    await call("PUT", f"/projects/{project}/files/run.sh", body=b"#!/bin/sh\nls\n")

    assert script.stat().st_mode & 0o7777 == 0o750


async def test_a_symlink_stays_and_its_target_is_written(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/sub").mkdir()
    (root / "work/sub/target").write_text("old")
    (root / "work/link").symlink_to("sub/target")

    answer = await call("PUT", f"/projects/{project}/files/link", body=b"new")

    assert answer.code == 200
    assert (root / "work/link").is_symlink()
    assert (root / "work/sub/target").read_text() == "new"


async def test_a_range_of_a_file(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/a").write_bytes(b"0123456789")
    address = f"/projects/{project}/files/a"

    async def ranged(value: str) -> tuple[int, bytes]:
        answer = await call("GET", address, headers={"Range": value})
        return answer.code, answer.body

    assert await ranged("bytes=2-4") == (206, b"234")
    assert await ranged("bytes=7-") == (206, b"789")
    assert await ranged("bytes=-3") == (206, b"789")
    assert await ranged("bytes=5-100") == (206, b"56789")
    assert (await ranged("bytes=10-"))[0] == 416
    assert await ranged("lines=1-2") == (200, b"0123456789")
    partial = await call("GET", address, headers={"Range": "bytes=2-4"})
    assert partial.headers["Content-Range"] == "bytes 2-4/10"


async def test_head_and_a_cached_copy(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/a").write_bytes(b"0123456789")
    address = f"/projects/{project}/files/a"

    head = await call("HEAD", address)

    assert head.code == 200
    assert head.headers["Content-Length"] == "10"
    assert head.body == b""
    cached = await call("GET", address, headers={"If-None-Match": head.headers["ETag"]})
    assert cached.code == 304


async def test_a_file_of_many_blocks_comes_back_whole(
    call: Any, served: Any, root: Path, projects: Any
) -> None:
    project = await served()
    block = os.urandom(1 << 20)
    blocks = 40

    async def produce(write: Any) -> None:
        for _ in range(blocks):
            await write(block)

    answer = await call(
        "PUT",
        f"/projects/{project}/files/large",
        body_producer=produce,
        headers={"Content-Length": str(blocks << 20)},
    )

    assert answer.code == 201
    assert (root / "work/large").stat().st_size == blocks << 20
    read = await call("GET", f"/projects/{project}/files/large")
    assert read.body == block * blocks


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_413_and_leaves_nothing(
    call: Any, served: Any, root: Path, projects: Any, announced: bool
) -> None:
    project = await served()
    projects.max_upload_bytes = 1_000_000
    (root / "work/a").write_bytes(b"old")

    async def produce(write: Any) -> None:
        for _ in range(30):
            await write(b"x" * 100_000)

    headers = {"Content-Length": "3000000"} if announced else {}
    for name in ("a", "new/folder/b"):
        address = f"/projects/{project}/files/{name}"
        answer = await call("PUT", address, body_producer=produce, headers=headers)
        assert answer.code == 413

    assert (root / "work/a").read_bytes() == b"old"
    assert [path.name for path in (root / "work").iterdir()] == ["a"]


async def test_a_client_that_leaves_in_the_middle_leaves_nothing(
    served: Any, root: Path, jp_serverapp: Any, jp_auth_header: Any, http_server_port: Any
) -> None:
    project = await served()
    path = f"{jp_serverapp.base_url}neoai/v1/projects/{project}/files/deep/a"
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n"
        f"Authorization: {jp_auth_header['Authorization']}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    writer.write(head.encode() + b"x" * 3_000_000)
    await writer.drain()
    while not (root / "work/deep").exists():
        await asyncio.sleep(0)

    writer.close()

    while (root / "work/deep").exists():
        await asyncio.sleep(0)
    assert list((root / "work").iterdir()) == []


async def test_a_folder_is_no_file(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/sub").mkdir()
    (root / "work/file").touch()

    for method in ("GET", "PUT"):
        answer = await call(method, f"/projects/{project}/files/sub")
        assert (answer.code, answer.json["type"].split(":")[-1]) == (409, "is-a-folder")
    assert (await call("PUT", f"/projects/{project}/files/file/below")).code == 409
    assert (await call("GET", f"/projects/{project}/files/file/below")).code in (404, 409)
    os.mkfifo(root / "work/pipe")
    assert (await call("GET", f"/projects/{project}/files/pipe")).code == 409
    assert (await call("PUT", f"/projects/{project}/files/pipe")).code == 409
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "work/socket"))
        assert (await call("GET", f"/projects/{project}/files/socket")).code == 409
    assert (await call("GET", f"/projects/{project}/files/")).code == 400


async def test_deleting_moves_to_the_trash(
    call: Any, served: Any, root: Path, trash_can: Path
) -> None:
    project = await served()
    (root / "work/sub").mkdir()
    (root / "work/sub/a").write_text("content")
    (root / "work/b").write_text("b")
    (root / "work/dangling").symlink_to("nowhere")

    for path in ("sub", "b", "dangling"):
        assert (await call("DELETE", f"/projects/{project}/files/{path}")).code == 204

    assert list((root / "work").iterdir()) == []
    assert (trash_can / "sub/a").read_text() == "content"
    assert (trash_can / "b").read_text() == "b"
    assert [p for p in trash_can.iterdir() if (p / "dangling").is_symlink()]
    assert (await call("DELETE", f"/projects/{project}/files/b")).code == 404


async def test_in_a_server_that_makes_room_deleting_is_for_good(
    call: Any, served: Any, root: Path, trash_can: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEOAI_DELETE_FOR_GOOD", "1")
    project = await served()
    (root / "outside").write_text("stays")
    (root / "work/sub").mkdir()
    (root / "work/sub/link").symlink_to(root / "outside")
    (root / "work/b").write_text("b")
    (root / "work/dangling").symlink_to("nowhere")
    (root / "work/folder-link").symlink_to(root / "work/sub")

    for path in ("folder-link", "sub", "b", "dangling"):
        assert (await call("DELETE", f"/projects/{project}/files/{path}")).code == 204

    assert list((root / "work").iterdir()) == []
    assert not trash_can.exists()
    assert (root / "outside").read_text() == "stays"
    assert NeoAIContentsManager(root_dir=str(root)).delete_to_trash is False


async def test_deleting_a_stale_file_is_refused(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/a").write_text("a")
    answer = await call("DELETE", f"/projects/{project}/files/a", headers={"If-Match": '"old"'})
    assert answer.code == 412
    assert (root / "work/a").exists()


async def test_moving_makes_parents_and_never_overwrites(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    work = root / "work"
    (work / "a").write_text("a")
    (work / "b").write_text("b")
    (work / "folder").mkdir()
    (work / "folder/c").write_text("c")
    address = f"/projects/{project}/move"

    async def moved(source: str, target: str) -> int:
        return int((await call("POST", address, {"from": source, "to": target})).code)

    assert await moved("a", "b") == 409
    assert (work / "b").read_text() == "b"
    assert await moved("a", "x/y/a") == 200
    assert (work / "x/y/a").read_text() == "a"
    assert await moved("folder", "x/folder") == 200
    assert (work / "x/folder/c").read_text() == "c"
    assert await moved("b", "B") == 200
    assert (work / "B").read_text() == "b"
    assert await moved("x", "x/y/inside") == 422
    assert await moved("nothing", "z/z/z") == 404
    assert not (work / "z").exists()
    assert await moved("B", "x") == 409
    assert await moved("B", "B") == 200
    assert await moved("../outside", "y") == 404
    assert await moved("B", "../outside") == 404
    assert await moved("B", ".git/config") == 404
    assert (await call("POST", address, {"from": "B"})).code == 422


async def test_without_the_token_nothing_is_read_or_written(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/a").write_text("a")
    for method, path in [
        ("GET", "files/a"),
        ("PUT", "files/a"),
        ("PUT", "files/new/b"),
        ("DELETE", "files/a"),
        ("GET", "files"),
        ("POST", "move"),
    ]:
        address = f"/projects/{project}/{path}"
        answer = await call(method, address, headers={"Authorization": "token wrong"})
        assert answer.code == 403
    assert [(p.name, p.read_text()) for p in (root / "work").iterdir()] == [("a", "a")]


async def test_who_may_only_read_writes_nothing(
    call: Any, served: Any, root: Path, jp_serverapp: Any
) -> None:
    project = await served()

    class ReadOnly(Authorizer):
        def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
            return action == "read"

    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)

    assert (await call("GET", f"/projects/{project}/files")).code == 200
    answer = await call("PUT", f"/projects/{project}/files/new/a", body=b"x" * 3_000_000)
    assert answer.code == 403
    assert list((root / "work").iterdir()) == []


async def test_a_body_that_is_announced_with_expect_is_refused_before_it_is_sent(
    call: Any, served: Any, projects: Any, root: Path
) -> None:
    project = await served()
    projects.max_upload_bytes = 10
    address = f"/projects/{project}/files/a"
    answer = await call("PUT", address, body=b"x" * 100, expect_100_continue=True)
    assert answer.code == 413
    assert list((root / "work").iterdir()) == []


async def test_a_file_is_never_shown_as_a_page_of_ours(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/a.html").write_text("<script>alert(1)</script>")
    headers = (await call("GET", f"/projects/{project}/files/a.html")).headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]

"""Versions and checkpoints through the API, and through Jupyter's own contents API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError


async def versions(call: Any, project: str, path: str) -> list[dict[str, Any]]:
    """A file's versions, the newest first."""
    answer = await call("GET", f"/projects/{project}/versions/{path}")
    assert answer.code == 200, answer.body
    items: list[dict[str, Any]] = answer.json["items"]
    return items


async def content(call: Any, project: str, path: str, version: str) -> bytes:
    """A version's bytes."""
    answer = await call("GET", f"/projects/{project}/versions/{path}?version={version}")
    assert answer.code == 200
    body: bytes = answer.body
    return body


async def test_every_write_through_the_api_is_a_version_and_comes_back(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    address = f"/projects/{project}/files/a/b.txt"
    for body in (b"one", b"two", b"three\r\n\xff"):
        await call("PUT", address, body=body)

    found = await versions(call, project, "a/b.txt")
    assert [await content(call, project, "a/b.txt", one["id"]) for one in found] == [
        b"three\r\n\xff",
        b"two",
        b"one",
    ]
    assert [one["size"] for one in found] == [8, 3, 3]
    assert {one["path"] for one in found} == {"a/b.txt"}

    restored = await call(
        "POST", f"/projects/{project}/versions/a/b.txt/restore", {"version": found[2]["id"]}
    )
    assert restored.code == 200
    assert restored.json["size"] == 3
    assert (root / "work/a/b.txt").read_bytes() == b"one"
    newest = (await versions(call, project, "a/b.txt"))[0]
    assert await content(call, project, "a/b.txt", newest["id"]) == b"one"


async def test_what_was_there_before_the_first_write_is_kept(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/old").write_bytes(b"written long ago")
    await call("PUT", f"/projects/{project}/files/old", body=b"new")
    found = await versions(call, project, "old")
    assert [one["reason"] for one in found] == ["save", "overwrite"]
    assert await content(call, project, "old", found[1]["id"]) == b"written long ago"


async def test_versions_follow_a_file_and_a_folder_that_are_renamed(call: Any, served: Any) -> None:
    project = await served()
    await call("PUT", f"/projects/{project}/files/lib/a.py", body=b"1")
    await call("POST", f"/projects/{project}/move", {"from": "lib/a.py", "to": "lib/b.py"})
    await call("PUT", f"/projects/{project}/files/lib/b.py", body=b"2")
    await call("POST", f"/projects/{project}/move", {"from": "lib", "to": "src"})
    await call("PUT", f"/projects/{project}/files/lib/b.py", body=b"another file")

    found = await versions(call, project, "src/b.py")

    assert [one["path"] for one in found] == ["lib/b.py", "lib/a.py"]
    assert await content(call, project, "src/b.py", found[1]["id"]) == b"1"
    assert len(await versions(call, project, "lib/b.py")) == 3


async def test_a_deleted_file_comes_back_from_its_versions(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/gone").write_bytes(b"never saved here")
    (root / "work/gone").chmod(0o600)
    assert (await call("DELETE", f"/projects/{project}/files/gone")).code == 204
    (version,) = await versions(call, project, "gone")
    assert version["reason"] == "delete"
    await call("POST", f"/projects/{project}/versions/gone/restore", {"version": version["id"]})
    assert (root / "work/gone").read_bytes() == b"never saved here"
    assert (root / "work/gone").stat().st_mode & 0o777 == 0o600, "it was private"


async def test_deleting_a_folder_leaves_a_checkpoint(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/lib").mkdir()
    (root / "work/lib/a").write_bytes(b"a")
    await call("DELETE", f"/projects/{project}/files/lib")
    (made,) = (await call("GET", f"/projects/{project}/checkpoints")).json["items"]
    assert made["reason"] == "delete"
    done = await call("POST", f"/projects/{project}/checkpoints/{made['id']}/restore", {})
    assert done.json["restored"] == ["lib/a"]
    assert (root / "work/lib/a").read_bytes() == b"a"


async def test_saves_of_an_editor_are_throttled_and_the_last_is_never_lost(
    call: Any, served: Any, jp_fetch: Any, root: Path
) -> None:
    project = await served()
    (root / "work/note.md").write_text("before")
    for number in range(5):
        model = {"type": "file", "format": "text", "content": f"save {number}"}
        await jp_fetch("api/contents/work/note.md", method="PUT", body=json.dumps(model))

    found = await versions(call, project, "note.md")

    texts = [await content(call, project, "note.md", one["id"]) for one in found]
    assert texts == [b"save 4", b"before"]


async def test_jupyters_own_rename_and_delete_are_followed(
    call: Any, served: Any, jp_fetch: Any, root: Path
) -> None:
    project = await served()
    await call("PUT", f"/projects/{project}/files/a.txt", body=b"kept")
    await jp_fetch("api/contents/work/a.txt", method="PATCH", body='{"path": "work/b.txt"}')
    await jp_fetch("api/contents/work/b.txt", method="DELETE")
    found = await versions(call, project, "b.txt")
    assert await content(call, project, "b.txt", found[-1]["id"]) == b"kept"


async def test_a_checkpoint_by_the_contract(call: Any, served: Any, root: Path) -> None:
    project = await served()
    address = f"/projects/{project}/checkpoints"
    (root / "work/a").write_bytes(b"1")
    made = await call("POST", address, {"label": "first"})
    assert made.code == 201
    assert made.json["label"] == "first"
    assert (made.json["files"], made.json["bytes"], made.json["reason"]) == (1, 1, "asked")
    (root / "work/a").write_bytes(b"2")
    (root / "work/newer").write_bytes(b"n")

    changes = await call("GET", f"{address}/{made.json['id']}/changes")
    assert changes.json["items"] == [
        {"path": "a", "change": "modified"},
        {"path": "newer", "change": "added"},
    ]
    assert (await call("GET", f"{address}/{made.json['id']}/files/a")).body == b"1"

    done = await call("POST", f"{address}/{made.json['id']}/restore", {})
    assert done.code == 200
    assert done.json["restored"] == ["a"]
    assert done.json["removed"] == ["newer"]
    assert done.json["kept"] == {}
    assert sorted(path.name for path in (root / "work").iterdir()) == ["a"]

    await call("POST", f"{address}/{done.json['undo']}/restore", {})
    assert (root / "work/a").read_bytes() == b"2"
    assert (root / "work/newer").read_bytes() == b"n"
    assert (await call("DELETE", f"{address}/{made.json['id']}")).code == 204
    assert (await call("GET", f"{address}/{made.json['id']}")).code == 404


async def test_lists_come_in_pages(call: Any, served: Any, root: Path) -> None:
    project = await served()
    address = f"/projects/{project}/checkpoints"
    made = [(await call("POST", address, {"label": str(n)})).json["id"] for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = (await call("GET", f"{address}?limit=2{cursor}")).json
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]
    assert (await call("GET", f"{address}?cursor=bogus")).code == 400


@pytest.mark.parametrize("body", [{"paths": []}, {"paths": ["../x"]}, {"paths": 3}, {"more": 1}])
async def test_bad_requests_to_restore_are_refused(call: Any, served: Any, body: Any) -> None:
    project = await served()
    made = await call("POST", f"/projects/{project}/checkpoints", {})
    answer = await call("POST", f"/projects/{project}/checkpoints/{made.json['id']}/restore", body)
    assert answer.code in (404, 422)


async def test_what_is_not_there_is_404(call: Any, served: Any) -> None:
    project = await served()
    for path in (
        "checkpoints/nothing",
        "checkpoints/..%2f..%2fHEAD",
        "checkpoints/nothing/changes",
        "versions/a?version=nothing",
        "versions/../../etc/passwd",
        "versions/.git/config",
    ):
        assert (await call("GET", f"/projects/{project}/{path}")).code in (400, 404), path
    assert (await versions(call, project, "nothing")) == []
    body = {"version": "nothing"}
    assert (await call("POST", f"/projects/{project}/versions/a/restore", body)).code == 404
    assert (await call("GET", "/projects/unknown/checkpoints")).code == 404


async def test_a_missing_folder_is_said_and_its_history_is_found_at_its_new_place(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/a").write_bytes(b"1")
    await call("POST", f"/projects/{project}/checkpoints", {"label": "kept"})
    (root / "work").rename(root / "moved")
    assert (await call("POST", f"/projects/{project}/checkpoints", {})).code == 409

    assert (await call("DELETE", f"/projects/{project}")).code == 204
    again = await served("moved")

    (found,) = (await call("GET", f"/projects/{again}/checkpoints")).json["items"]
    assert found["label"] == "kept"


async def test_a_store_that_was_deleted_or_ruined_begins_anew(
    call: Any, served: Any, root: Path, tmp_path: Path
) -> None:
    import shutil

    project = await served()
    address = f"/projects/{project}/checkpoints"
    (root / "work/a").write_bytes(b"1")
    await call("POST", address, {})
    store = tmp_path / "neoai-data/checkpoints" / project
    shutil.rmtree(store)
    assert (await call("GET", address)).json["items"] == []
    assert (await call("POST", address, {})).code == 201

    (store / "HEAD").write_text("nonsense")
    answer = await call("POST", address, {})
    assert answer.code in (201, 503)
    assert (await call("PUT", f"/projects/{project}/files/a", body=b"2")).code == 200


async def test_a_save_succeeds_though_the_store_cannot_be_written(
    call: Any, served: Any, root: Path, tmp_path: Path
) -> None:
    project = await served()
    (tmp_path / "neoai-data").mkdir(exist_ok=True)
    (tmp_path / "neoai-data/checkpoints").write_text("a file where the stores should be")
    assert (await call("PUT", f"/projects/{project}/files/a", body=b"2")).code == 201
    assert (root / "work/a").read_bytes() == b"2"
    answer = await call("POST", f"/projects/{project}/checkpoints", {})
    assert answer.code == 503
    assert "checkpoint" in answer.json["detail"]


async def test_contents_outside_every_project_are_none_of_ours(
    jp_fetch: Any, root: Path, projects: Any
) -> None:
    model = {"type": "file", "format": "text", "content": "x"}
    await jp_fetch("api/contents/loose.txt", method="PUT", body=json.dumps(model))
    with pytest.raises(HTTPClientError):
        await jp_fetch("api/contents/.git/x", method="PUT", body=json.dumps(model))
    assert (root / "loose.txt").read_text() == "x"

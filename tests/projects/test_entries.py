"""What the project view asks for: ignored entries marked, folders, copies, the way back from the
trash, stamps, and settings that validate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


async def test_what_gitignore_leaves_out_is_marked_where_it_is_listed(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    fill(root / "work", "src/a.py", "src/b.pyc", "out/deep/x", "é.log", "keep.log")
    (root / "work/.gitignore").write_text("*.pyc\n/out/\n*.log\n!keep.log\n")

    async def ignored(query: str) -> dict[str, bool]:
        answer = await call("GET", f"/projects/{project}/files?ignored=true&{query}")
        return {item["path"]: item.get("ignored", False) for item in answer.json["items"]}

    assert await ignored("") == {
        ".gitignore": False,
        "keep.log": False,
        "out": True,
        "out/deep": True,
        "out/deep/x": True,
        "src": False,
        "src/a.py": False,
        "src/b.pyc": True,
        "é.log": True,
    }
    assert await ignored("path=out/deep&depth=1") == {"out/deep/x": True}
    assert await ignored("path=src&depth=1") == {"src/a.py": False, "src/b.pyc": True}


async def test_a_folder_is_made_with_its_parents_and_never_twice(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()

    made = await call("POST", f"/projects/{project}/folders", {"path": "a/b"})
    again = await call("POST", f"/projects/{project}/folders", {"path": "a/b"})
    outside = await call("POST", f"/projects/{project}/folders", {"path": "../b"})
    unsafe = await call("POST", f"/projects/{project}/folders", {"path": "con"})

    assert (made.code, made.json["path"]) == (201, "a/b")
    assert (root / "work/a/b").is_dir()
    assert [again.code, outside.code, unsafe.code] == [409, 404, 422]
    assert again.json["type"].endswith("exists")


async def test_a_copy_is_complete_and_never_over_something(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    work = root / "work"
    fill(work, "src/a.py", "src/deep/b.py")
    (work / "src/link").symlink_to("a.py")
    (work / "src/a.py").chmod(0o755)
    os.mkfifo(work / "src/pipe")

    async def copy(source: str, target: str) -> Any:
        return await call("POST", f"/projects/{project}/copy", {"from": source, "to": target})

    assert (await copy("src", "new/src")).code == 201
    assert (await copy("src/a.py", "b.py")).code == 201
    assert (work / "new/src/deep/b.py").read_text() == "src/deep/b.py"
    assert (work / "new/src/link").readlink() == Path("a.py")
    assert (work / "b.py").stat().st_mode & 0o777 == 0o755
    assert not (work / "new/src/pipe").exists()
    taken = await copy("src/deep/b.py", "b.py")
    assert (taken.code, taken.json["type"].split(":")[-1]) == (409, "exists")
    assert (await copy("src", "src/deep/inner")).code == 422
    assert (await copy("nothing", "x/y")).code == 404
    assert (await copy("src/pipe", "pipe")).code == 409
    assert not (work / "x").exists()
    assert not list(work.rglob(".~neoai-*"))


@pytest.mark.parametrize("name", ["a.txt", "deep folder", "link", "ünï %25.txt", ".hidden"])
async def test_what_was_deleted_is_put_back_as_it_was(
    call: Any, served: Any, root: Path, trash_can: Path, name: str
) -> None:
    project = await served()
    work = root / "work"
    fill(work, "sub/other")
    path = work / "sub" / name
    if name == "link":
        path.symlink_to("nowhere")
    elif name == "deep folder":
        fill(work, f"sub/{name}/x/y")
    else:
        path.write_text("content")

    gone = await call("POST", f"/projects/{project}/trash", {"path": f"sub/{name}"})
    assert gone.code == 201, gone.body
    assert not os.path.lexists(path)
    back = await call("POST", f"/projects/{project}/trash/{gone.json['id']}/restore", {})

    assert (back.code, back.json) == (200, {"path": f"sub/{name}"}), back.body
    assert os.path.lexists(path)
    if name == "link":
        assert path.readlink() == Path("nowhere")
    elif name == "deep folder":
        assert (path / "x/y").read_text() == f"sub/{name}/x/y"
    else:
        assert path.read_text() == "content"
    assert list(trash_can.iterdir()) == []
    assert list((trash_can.parent / "info").iterdir()) == []
    again = await call("POST", f"/projects/{project}/trash/{gone.json['id']}/restore", {})
    assert again.json["type"].split(":")[-1] == "not-in-trash"


async def test_restoring_overwrites_nothing_and_takes_another_place(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    work = root / "work"
    (work / "a.txt").write_text("first")
    first = await call("POST", f"/projects/{project}/trash", {"path": "a.txt"})
    (work / "a.txt").write_text("second")
    second = await call("POST", f"/projects/{project}/trash", {"path": "a.txt"})
    (work / "a.txt").write_text("third")
    restore = f"/projects/{project}/trash/{first.json['id']}/restore"

    taken = await call("POST", restore, {})
    beside = await call("POST", restore, {"to": "new/a (restored).txt"})

    assert (taken.code, taken.json["type"].split(":")[-1]) == (409, "exists")
    assert (work / "a.txt").read_text() == "third"
    assert beside.code == 200
    assert (work / "new/a (restored).txt").read_text() == "first"
    (work / "a.txt").unlink()
    await call("POST", f"/projects/{project}/trash/{second.json['id']}/restore", {})
    assert (work / "a.txt").read_text() == "second"


async def test_only_what_came_from_the_project_and_is_still_the_same_is_restored(
    call: Any, served: Any, root: Path, trash_can: Path
) -> None:
    project, other = await served("work"), await served("other")
    fill(root / "work", "a.txt")
    gone = await call("POST", f"/projects/{project}/trash", {"path": "a.txt"})

    elsewhere = await call("POST", f"/projects/{other}/trash/{gone.json['id']}/restore", {})
    strange = await call("POST", f"/projects/{project}/trash/bm90aGluZw/restore", {})
    (trash_can / "b").write_text("another")
    (trash_can / "b").replace(trash_can / "a.txt")
    exchanged = await call("POST", f"/projects/{project}/trash/{gone.json['id']}/restore", {})

    assert [elsewhere.code, strange.code, exchanged.code] == [404, 404, 404]
    assert not (root / "other/a.txt").exists()


async def test_a_stamp_tells_whether_a_folder_is_to_be_listed_again(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    fill(root / "work", "a/x", "b/y", "z")

    async def stamps() -> Any:
        answer = await call("GET", f"/projects/{project}/stamps?folders=%0Aa%0Ab%0Anone%0A..")
        return answer.json["items"]

    before = await stamps()
    assert await stamps() == before
    for path in ("", "b"):
        answer = await call("GET", f"/projects/{project}/files?path={path}&depth=1")
        assert answer.json["stamp"] == before[path]
    assert before["none"] is None
    assert before[".."] is None
    fill(root / "work", "b/new")
    (root / "work/a/x").write_text("only its content")
    after = await stamps()
    assert {path for path in before if before[path] != after[path]} == {"b"}
    (root / "work/.gitignore").write_text("*.pyc")
    assert (await stamps())[""] != after[""]


async def test_settings_validate_at_their_field_and_unknown_ones_are_kept(
    call: Any, served: Any
) -> None:
    project = await served()
    wanted = {"environment": {"A": "1"}, "rules": "Be brief.", "somebody's": {"own": [1]}}

    stored = await call("PATCH", f"/projects/{project}", {"settings": wanted})
    refused = await call(
        "PATCH",
        f"/projects/{project}",
        {"settings": {"environment": {"NO SPACE": "1"}, "private": "perhaps"}},
    )

    assert stored.json["settings"] == wanted
    assert refused.code == 422
    places = {".".join(str(part) for part in e["loc"]) for e in refused.json["errors"]}
    assert any("environment" in place and "NO SPACE" in place for place in places), places
    assert any(place.endswith("settings.private") for place in places), places
    kept = await call("GET", f"/projects/{project}")
    assert kept.json["settings"] == wanted


async def test_who_follows_paths_hears_of_moves_and_deletions(
    call: Any, served: Any, root: Path, projects: Any, jp_serverapp: Any
) -> None:
    heard: list[tuple[str, str, str | None]] = []

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        heard.append((data["action"], data["path"], data.get("source_path")))

    jp_serverapp.event_logger.add_listener(
        schema_id="https://events.jupyter.org/jupyter_server/contents_service/v1", listener=listen
    )
    project = await served()
    fill(root / "work", "a.txt")

    await call("POST", f"/projects/{project}/move", {"from": "a.txt", "to": "b/c.txt"})
    await call("POST", f"/projects/{project}/trash", {"path": "b"})
    await jp_serverapp.event_logger.gather_listeners()

    assert heard == [("rename", "work/b/c.txt", "work/a.txt"), ("delete", "work/b", None)]

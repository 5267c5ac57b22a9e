"""Projects: register, create, list, rename, trust, remove, and a folder that goes away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.pagination import encode_cursor


def code(answer: Any) -> tuple[int, str]:
    """Status and problem code."""
    return answer.code, answer.json["type"].rsplit(":", 1)[-1]


async def test_a_folder_is_registered(call: Any, root: Path) -> None:
    (root / "analysis/sales").mkdir(parents=True)

    answer = await call("POST", "/projects", {"name": "Sales", "path": "analysis/sales"})

    assert answer.code == 201
    project = answer.json
    assert project["name"] == "Sales"
    assert project["path"] == "analysis/sales"
    assert (project["trusted"], project["state"], project["missing"]) == (False, "ready", False)
    assert answer.headers["Location"].endswith(f"/neoai/v1/projects/{project['id']}")
    assert (await call("GET", f"/projects/{project['id']}")).json == project


async def test_the_servers_own_folder_can_be_a_project(call: Any, root: Path) -> None:
    (root / "a.txt").write_text("a")
    answer = await call("POST", "/projects", {"name": "All", "path": "."})
    assert (answer.code, answer.json["path"]) == (201, "")
    tree = await call("GET", f"/projects/{answer.json['id']}/files")
    assert [item["path"] for item in tree.json["items"]] == ["a.txt"]
    refused = await call("DELETE", f"/projects/{answer.json['id']}?files=true")
    assert code(refused) == (409, "server-root")


async def test_a_new_project_is_a_new_folder_of_a_safe_name(call: Any, root: Path) -> None:
    for name, folder in [
        ("Sales: Q3/Q4", "Sales- Q3-Q4"),
        ("../../etc", "etc"),
        (".git", "git"),
        ("CON", "project-CON"),
        ("Ünïcode 数据", "Ünïcode 数据"),
        ("x" * 200, "x" * 100),
        ("...", "project"),
    ]:
        answer = await call("POST", "/projects", {"name": name})
        assert (answer.code, answer.json["path"]) == (201, folder)
        assert answer.json["name"] == name
        assert (root / folder).is_dir()
    again = await call("POST", "/projects", {"name": "Sales: Q3/Q4"})
    assert code(again) == (409, "exists")


async def test_a_folder_and_its_parents_are_made_on_request(call: Any, root: Path) -> None:
    missing = await call("POST", "/projects", {"name": "n", "path": "a/b/c"})
    assert missing.code == 404
    assert not (root / "a").exists()
    made = await call("POST", "/projects", {"name": "n", "path": "a/b/c", "create": True})
    assert made.code == 201
    assert (root / "a/b/c").is_dir()


async def test_a_folder_is_registered_once_by_whatever_name(
    call: Any, served: Any, root: Path
) -> None:
    project = await served("work")
    (root / "link").symlink_to("work")

    for path in ("work", "work/", "link"):
        again = await call("POST", "/projects", {"name": "again", "path": path})
        assert code(again) == (409, "registered")
        assert again.json["project_id"] == project


async def test_projects_may_lie_within_one_another(
    call: Any, served: Any, projects: Any, root: Path
) -> None:
    outer, inner = await served("repo"), await served("repo/packages/one")

    found = await projects.find("repo/packages/one/src/a.py")
    assert found.id == inner
    assert (await projects.find("repo/a.py")).id == outer
    assert await projects.find("elsewhere/a.py") is None
    assert await projects.find("../..") is None
    assert await projects.find("a\0b") is None
    assert code(await call("DELETE", f"/projects/{outer}?files=true")) == (409, "nested-projects")
    refused = await call("DELETE", f"/projects/{outer}/files/packages")
    assert code(refused) == (409, "nested-projects")
    await call("POST", f"/projects/{outer}/move", {"from": "packages", "to": "libs"})
    assert (await call("GET", f"/projects/{inner}")).json["path"] == "repo/libs/one"
    assert await projects.root(inner) == root.resolve() / "repo/libs/one"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": ""}, 422),
        ({"name": "   "}, 422),
        ({"name": "a\nb"}, 422),
        ({"name": "x" * 201}, 422),
        ({"name": 7}, 422),
        ({"name": "a", "surprise": 1}, 422),
        ({"name": "a", "template": "notebook"}, 422),
        ({"name": "a", "settings": {"big": "x" * 70_000}}, 422),
        ({"name": "a", "path": "../outside"}, 404),
        ({"name": "a", "path": "/etc"}, 404),
        ({"name": "a", "path": "inside/../../outside"}, 404),
        ({"name": "a", "path": "out-link"}, 404),
        ({"name": "a", "path": "nothing"}, 404),
        ({"name": "a", "path": "a-file"}, 409),
        ({"name": "a", "path": ".git"}, 404),
        ({"name": "a", "path": "a\0b"}, 400),
        ({"name": "a", "path": "x" * 256}, 400),
        ({"name": "a", "path": "x/" * 2500}, 400),
        ({"name": "a", "path": "nul", "create": True}, 422),
        ({"name": "a", "path": "a\\b", "create": True}, 422),
        ({"name": "a", "path": "a-file/below", "create": True}, 409),
        ({"name": "\ud800"}, 422),
        ({"name": "a", "path": "\ud800"}, 400),
        ({"name": "a", "settings": {"a": "\ud800"}}, 422),
    ],
)
async def test_what_cannot_be_a_project_is_refused(
    call: Any, root: Path, body: Any, status: int
) -> None:
    (root / "a-file").touch()
    (root / ".git").mkdir()
    (root / "out-link").symlink_to("/etc")
    before = sorted(root.iterdir())

    answer = await call("POST", "/projects", body)

    assert answer.code == status, answer.body
    assert sorted(root.iterdir()) == before
    assert (await call("GET", "/projects")).json["items"] == []


async def test_a_body_that_is_not_json_is_400(call: Any) -> None:
    for body in (b"{", b"[]", b"\xff", b'{"name": NaN}'):
        assert (await call("POST", "/projects", body=body)).code == 400


async def test_an_interpreter_that_is_not_there_is_warned_of_and_kept(
    call: Any, served: Any, root: Path
) -> None:
    address = f"/projects/{await served()}"

    async def warnings(interpreter: str) -> list[str]:
        changed = await call("PATCH", address, {"settings": {"interpreter": interpreter}})
        assert changed.code == 200
        assert changed.json["settings"] == {"interpreter": interpreter}
        found: list[str] = changed.json["warnings"]
        return found

    missing = "There is no Python at `.venv/bin/python`, and no kernel of this name."
    assert await warnings(".venv/bin/python") == [missing]
    python = root / "work" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    assert await warnings(".venv/bin/python") == []
    assert await warnings("python3") == []  # the kernel
    assert len(await warnings("~nobody-of-this-name/python")) == 1
    assert (await call("GET", address)).json["warnings"] == []


async def test_a_project_is_renamed_trusted_and_configured(call: Any, served: Any) -> None:
    project = await served()
    address = f"/projects/{project}"

    changed = await call("PATCH", address, {"name": "New", "trusted": True, "settings": {"a": 1}})

    assert changed.code == 200
    assert (changed.json["name"], changed.json["trusted"]) == ("New", True)
    assert changed.json["settings"] == {"a": 1}
    assert changed.json["path"] == "work"
    untouched = (await call("PATCH", address, {"trusted": False})).json
    assert (untouched["name"], untouched["trusted"]) == ("New", False)
    assert (await call("PATCH", address, {"name": ""})).code == 422
    assert (await call("PATCH", address, {"path": "elsewhere"})).code == 422
    assert (await call("PATCH", address, {"trusted": "perhaps"})).code == 422


async def test_projects_are_listed_by_pages(call: Any, served: Any) -> None:
    made = [await served(f"p{i}") for i in range(5)]

    listed, cursor = [], ""
    while True:
        page = (await call("GET", f"/projects?limit=2{cursor}")).json
        listed += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert listed == made[::-1]
    out_of_range = encode_cursor(["0001-01-01T00:00:00+23:59", "a"])
    no_text = encode_cursor(["2026-01-01T00:00:00+00:00", "\ud800"])
    for strange in ("x", "bnVsbA", "WzEsMl0", "W10", out_of_range, no_text):
        assert (await call("GET", f"/projects?cursor={strange}")).code == 400
    assert (await call("GET", "/projects?limit=0")).code == 422


async def test_removing_a_project_leaves_its_files(call: Any, served: Any, root: Path) -> None:
    project = await served()
    (root / "work/a").write_text("a")

    assert (await call("DELETE", f"/projects/{project}")).code == 204

    assert (root / "work/a").read_text() == "a"
    for method in ("GET", "DELETE", "PATCH"):
        body = {"json_body": {}} if method == "PATCH" else {}
        assert (await call(method, f"/projects/{project}", **body)).code == 404
    assert (await call("GET", f"/projects/{project}/files")).code == 404
    assert (await call("PUT", f"/projects/{project}/files/a", body=b"x")).code == 404


async def test_removing_with_files_moves_them_to_the_trash(
    call: Any, served: Any, root: Path, trash_can: Path
) -> None:
    project = await served()
    (root / "work/a").write_text("a")

    assert (await call("DELETE", f"/projects/{project}?files=true")).code == 204

    assert not (root / "work").exists()
    assert (trash_can / "work/a").read_text() == "a"


async def test_without_a_trash_nothing_is_deleted(
    call: Any, served: Any, root: Path, trash_can: Path
) -> None:
    project = await served()
    (root / "work/a").write_text("a")
    trash_can.parent.parent.mkdir(parents=True, exist_ok=True)
    trash_can.parent.write_text("a file where the trash would be")

    answer = await call("DELETE", f"/projects/{project}?files=true")
    assert code(answer) == (409, "no-trash")
    assert code(await call("DELETE", f"/projects/{project}/files/a")) == (409, "no-trash")

    assert (root / "work/a").read_text() == "a"
    assert (await call("GET", f"/projects/{project}")).code == 200


async def test_a_folder_deleted_underneath_is_said_to_be_missing(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work").rmdir()

    assert (await call("GET", "/projects")).json["items"][0]["missing"] is True
    for method, path in [
        ("GET", "files"),
        ("GET", "files/a"),
        ("PUT", "files/a"),
        ("PUT", "files/b/a"),
        ("DELETE", "files/a"),
    ]:
        answer = await call(method, f"/projects/{project}/{path}")
        assert code(answer) == (409, "project-missing"), (method, path)
    moved = await call("POST", f"/projects/{project}/move", {"from": "a", "to": "b"})
    assert code(moved) == (409, "project-missing")
    again = {"name": "again", "path": "work", "create": True}
    assert code(await call("POST", "/projects", again)) == (409, "registered")
    assert not (root / "work").exists()
    assert (await call("DELETE", f"/projects/{project}?files=true")).code == 204


async def test_another_servers_projects_are_not_seen(
    projects: Any, served: Any, root: Path, tmp_path: Path
) -> None:
    from neoai_server_ext import errors
    from neoai_server_ext.projects.models import ProjectCreate
    from neoai_server_ext.projects.service import ProjectService

    project = await served()
    (tmp_path / "other").mkdir()
    other = ProjectService(db=projects._registry._db, root_dir=tmp_path / "other")
    await other.create(ProjectCreate(name="there"))

    assert [p.name for p in await projects.list_all()] == ["work"]
    assert [p.name for p in await other.list_all()] == ["there"]
    with pytest.raises(errors.NotFound):
        await other.get(project)


async def test_the_hook_hears_of_every_change(
    call: Any, served: Any, projects: Any, root: Path
) -> None:
    class Recorder:
        def __init__(self) -> None:
            self.heard: list[tuple[Any, ...]] = []

        async def changing(self, project: Any, paths: Any, reason: str) -> None:
            self.heard.append(("changing", *paths, reason))

        async def saved(self, project: Any, paths: Any, reason: str) -> None:
            self.heard.append(("saved", *paths, reason))
            raise RuntimeError("a hook that fails fails no save")

        async def moved(self, project: Any, old: str, new: str) -> None:
            self.heard.append(("moved", old, new))

    projects.hook = recorder = Recorder()
    project = await served()

    assert (await call("PUT", f"/projects/{project}/files/a", body=b"x")).code == 201
    await call("POST", f"/projects/{project}/move", {"from": "a", "to": "b"})
    await call("DELETE", f"/projects/{project}/files/b")

    assert recorder.heard == [
        ("changing", "a", "overwrite"),
        ("saved", "a", "overwrite"),
        ("changing", "a", "move"),
        ("moved", "a", "b"),
        ("changing", "b", "delete"),
    ]


async def test_the_same_idempotency_key_makes_one_project(call: Any, root: Path) -> None:
    options = {"headers": {"Idempotency-Key": "once"}}
    first = await call("POST", "/projects", {"name": "new"}, **options)
    again = await call("POST", "/projects", {"name": "new"}, **options)
    assert (first.code, again.code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert len((await call("GET", "/projects")).json["items"]) == 1


async def test_of_many_registrations_at_once_one_wins(call: Any, root: Path) -> None:
    (root / "work").mkdir()
    body = {"name": "work", "path": "work"}
    answers = await asyncio.gather(*(call("POST", "/projects", body) for _ in range(6)))
    assert sorted(answer.code for answer in answers) == [201] + [409] * 5
    fresh = {"name": "fresh", "path": "fresh", "create": True}
    answers = await asyncio.gather(*(call("POST", "/projects", fresh) for _ in range(6)))
    assert sorted(answer.code for answer in answers) == [201] + [409] * 5
    assert (root / "fresh").is_dir()


async def test_what_is_remembered_of_projects_is_as_this_server_left_them(
    call: Any, projects: Any
) -> None:
    first = (await call("POST", "/projects", {"name": "a", "path": "a", "create": True})).json["id"]
    assert [each.id for each in await projects.recent()] == [first]

    reading = asyncio.create_task(projects.recent())
    await asyncio.sleep(0)
    await call("PATCH", f"/projects/{first}", {"settings": {"private": True}})
    await reading
    (known,) = await projects.recent()
    assert known.settings == {"private": True}

    second = (await call("POST", "/projects", {"name": "b", "path": "b", "create": True})).json[
        "id"
    ]
    assert {each.id for each in await projects.recent()} == {first, second}
    await call("DELETE", f"/projects/{first}")
    assert [each.id for each in await projects.recent()] == [second]

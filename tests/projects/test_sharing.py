"""Sharing: roles given and taken, and everything that somebody might try."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from .people import (
    CO_OWNER,
    EDITOR,
    ELSEWHERE,
    GROUP_EDITOR,
    OWNER,
    STRANGER,
    VIEWER,
    Server,
    config,
)


@pytest.fixture
def jp_server_config(tmp_path: Path, db_url: str) -> dict[str, Any]:
    """A server whose users have names."""
    data = {"db_url": db_url, "data_dir": str(tmp_path / "neoai-data")}
    return {**config(), "NeoAIExtension": data}


@pytest.fixture
def server(jp_serverapp: Any, http_server: Any, http_server_port: Any) -> Server:
    return Server(jp_serverapp, http_server_port[-1])


@pytest.fixture
def only_sqlite(db_url: str) -> None:
    if not db_url.startswith("sqlite"):
        pytest.skip("says nothing about databases")


async def test_a_role_is_given_changed_listed_and_taken(server: Server) -> None:
    project = await server.project("a")
    place = f"neoai/v1/projects/{project}"

    given = await server.share(project, "viewer", user=VIEWER)
    assert (given.code, given.json["who"], given.json["role"]) == (201, VIEWER, "viewer")
    assert given.headers["Location"].endswith(f"/collaborators/{VIEWER}")
    changed = await server.share(project, "editor", user=VIEWER)
    assert (changed.code, changed.json["role"]) == (200, "editor")
    assert (await server.share(project, "viewer", group="team")).json["who"] == "group:team"

    listed = (await server.ask(VIEWER, "GET", f"{place}/collaborators")).json
    assert listed["enforced"] is True
    assert [(item["who"], item["role"], item["account"]) for item in listed["items"]] == [
        (OWNER, "owner", True),
        (VIEWER, "editor", False),
        ("group:team", "viewer", False),
    ]
    seen = (await server.ask(VIEWER, "GET", "neoai/v1/projects")).json["items"]
    assert [(item["id"], item["role"]) for item in seen] == [(project, "editor")]

    gone = await server.ask(OWNER, "DELETE", f"{place}/collaborators/{VIEWER}")
    assert gone.code == 204
    assert (await server.ask(VIEWER, "GET", f"{place}/collaborators")).code == 403
    assert (await server.ask(GROUP_EDITOR, "GET", place)).json["role"] == "viewer"
    assert (await server.ask(OWNER, "DELETE", f"{place}/collaborators/group:team")).code == 204
    assert (await server.ask(GROUP_EDITOR, "GET", place)).code == 403
    again = await server.ask(OWNER, "DELETE", f"{place}/collaborators/{VIEWER}")
    assert again.code == 404


async def test_roles_go_with_their_project(server: Server) -> None:
    project = await server.project("a")
    await server.share(project, "viewer", user=VIEWER)
    assert (await server.ask(OWNER, "DELETE", f"neoai/v1/projects/{project}")).code == 204
    again = await server.project("a")
    assert (await server.ask(VIEWER, "GET", f"neoai/v1/projects/{again}")).code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"role": "viewer"},
        {"user": "a", "group": "b", "role": "viewer"},
        {"user": "a", "role": "admin"},
        {"user": "", "role": "viewer"},
        {"user": " a", "role": "viewer"},
        {"user": "a\nb", "role": "viewer"},
        {"user": "a" * 256, "role": "viewer"},
        {"user": "a", "role": "viewer", "more": 1},
    ],
)
@pytest.mark.usefixtures("only_sqlite")
async def test_what_is_no_share_is_refused(server: Server, body: dict[str, Any]) -> None:
    project = await server.project("a")
    answer = await server.ask(OWNER, "POST", f"neoai/v1/projects/{project}/share", body)
    assert answer.code == 422
    assert answer.json["errors"]


@pytest.mark.usefixtures("only_sqlite")
async def test_a_folder_with_the_accounts_own_settings_is_not_shared(
    server: Server, monkeypatch: pytest.MonkeyPatch, jp_root_dir: Path
) -> None:
    project = await server.project("home")
    monkeypatch.setenv("HOME", str(jp_root_dir / "home" / "olga"))
    answer = await server.share(project, "viewer", user=VIEWER)
    assert answer.code == 409
    assert answer.json["type"].endswith("private-folder")


@pytest.mark.usefixtures("only_sqlite")
async def test_an_owner_of_a_project_shares_it_but_has_no_account(server: Server) -> None:
    project = await server.project("a")
    await server.share(project, "owner", user=CO_OWNER)
    place = f"neoai/v1/projects/{project}"

    assert (await server.share(project, "viewer", by=CO_OWNER, user=VIEWER)).code == 201
    assert (await server.ask(CO_OWNER, "PATCH", place, {"name": "A"})).code == 200
    trusting = await server.ask(CO_OWNER, "PATCH", place, {"trusted": True})
    assert trusting.code == 403
    assert "owner of this server" in trusting.json["detail"]
    assert (await server.ask(CO_OWNER, "POST", "neoai/v1/projects", {"path": "b"})).code == 403
    assert (await server.ask(CO_OWNER, "DELETE", f"{place}/collaborators/{CO_OWNER}")).code == 204
    assert (await server.ask(CO_OWNER, "GET", place)).code == 403


@pytest.mark.usefixtures("only_sqlite")
async def test_whose_name_is_no_owners_has_nothing_until_it_is_configured(server: Server) -> None:
    server.authorizer.owners = []
    for name in (OWNER, STRANGER):
        assert (await server.ask(name, "GET", "api/contents")).code == 403
        assert (await server.ask(name, "POST", "api/terminals")).code == 403
        assert (await server.ask(name, "GET", "neoai/v1/projects")).code == 403


@pytest.mark.usefixtures("only_sqlite")
async def test_an_inner_project_may_give_another_role(server: Server, jp_root_dir: Path) -> None:
    outer = await server.project("a")
    inner = await server.project("a/inner")
    for folder in ("a", "a/inner", "a/other"):
        (jp_root_dir / folder).mkdir(exist_ok=True)
        (jp_root_dir / folder / "x.txt").write_text("x")
    await server.share(outer, "editor", user=EDITOR)
    await server.share(inner, "viewer", user=EDITOR)
    await server.share(inner, "editor", user=ELSEWHERE)

    async def put(who: str, project: str, path: str) -> int:
        place = f"neoai/v1/projects/{project}/files/{path}"
        return (await server.ask(who, "PUT", place, b"new")).code

    assert await put(EDITOR, outer, "x.txt") == 200
    assert await put(EDITOR, outer, "other/x.txt") == 200
    assert await put(EDITOR, outer, "inner/x.txt") == 403
    assert await put(EDITOR, inner, "x.txt") == 403
    assert (await server.ask(EDITOR, "GET", "api/contents/a/inner/x.txt")).code == 200
    assert (await server.ask(EDITOR, "DELETE", "api/contents/a/inner")).code == 403
    assert await put(ELSEWHERE, inner, "x.txt") == 200
    assert await put(ELSEWHERE, outer, "x.txt") == 403
    # what would move or remove the inner one with the outer's rights
    move = {"from": "inner", "to": "moved"}
    place = f"neoai/v1/projects/{outer}"
    assert (await server.ask(EDITOR, "POST", f"{place}/move", move)).code == 403
    assert (await server.ask(EDITOR, "DELETE", f"{place}/files/inner")).code == 403
    roles = {
        item["id"]: item["role"]
        for item in (await server.ask(EDITOR, "GET", "neoai/v1/projects")).json["items"]
    }
    assert roles == {outer: "editor", inner: "viewer"}
    listed = (await server.ask(EDITOR, "GET", f"neoai/v1/projects/{inner}/collaborators")).json
    assert [(item["who"], item["role"]) for item in listed["items"][1:]] == [
        (EDITOR, "viewer"),
        (ELSEWHERE, "editor"),
    ]


@pytest.mark.usefixtures("only_sqlite")
async def test_the_file_browser_shows_only_what_leads_to_a_shared_project(
    server: Server, jp_root_dir: Path
) -> None:
    shared = await server.project("team/deep/shared")
    await server.project("team/private")
    await server.project("other")
    (jp_root_dir / "team" / "notes.txt").write_text("private")
    (jp_root_dir / "team/deep/shared/x.txt").write_text("x")
    (jp_root_dir / "team/deep/shared/out").symlink_to(jp_root_dir / "other")
    await server.share(shared, "viewer", user=VIEWER)

    async def names(path: str) -> list[str]:
        answer = await server.ask(VIEWER, "GET", f"api/contents/{path}")
        assert answer.code == 200, answer.body
        return sorted(entry["name"] for entry in answer.json["content"])

    assert await names("") == ["team"]
    assert await names("team") == ["deep"]
    assert await names("team/deep") == ["shared"]
    assert await names("team/deep/shared") == ["x.txt"]
    file = (await server.ask(VIEWER, "GET", "api/contents/team/deep/shared/x.txt")).json
    assert file["writable"] is False
    await server.share(shared, "editor", user=EDITOR)
    file = (await server.ask(EDITOR, "GET", "api/contents/team/deep/shared/x.txt")).json
    assert file["writable"] is True
    for path in ("other", "team/private", "team/notes.txt", "team/deep/shared/out"):
        assert (await server.ask(VIEWER, "GET", f"api/contents/{path}")).code == 403
    assert (await server.ask(VIEWER, "GET", "files/team/notes.txt")).code == 403


async def tricks(root: Path) -> list[str]:
    """Ways to write `b/secret.txt` from within `a`."""
    return [
        "b/secret.txt",
        "a/../b/secret.txt",
        "a/%2e%2e/b/secret.txt",
        "a/%2E%2E%2Fb%2Fsecret.txt",
        "a%2f..%2fb/secret.txt",
        "./b/secret.txt",
        "a/./../b/secret.txt",
        "a//../b/secret.txt",
        "A/../b/secret.txt",
        "a/to-b/secret.txt",
        "a/to-secret.txt",
        "a/to-b/../b/secret.txt",
        "c/to-a/../secret.txt",
        "c/to-a/sub/../../secret.txt",
        quote(f"{root}/b/secret.txt", safe=""),
        "/" + quote(f"{root}/b/secret.txt"),
        "a%00/../b/secret.txt",
        "a/..%5cb/secret.txt",
        "b/SECRET.TXT/../secret.txt",
    ]


@pytest.mark.usefixtures("only_sqlite")
async def test_no_spelling_of_a_path_leads_from_a_shared_project_to_another(
    server: Server, jp_root_dir: Path
) -> None:
    shared = await server.project("a")
    await server.project("b")
    await server.share(shared, "editor", user=EDITOR)
    (jp_root_dir / "a/sub").mkdir()
    (jp_root_dir / "c").mkdir()
    secret = jp_root_dir / "b/secret.txt"
    secret.write_text("the secret")
    (jp_root_dir / "c/secret.txt").write_text("the secret")
    (jp_root_dir / "a/mine.txt").write_text("mine")
    (jp_root_dir / "a/to-b").symlink_to("../b")
    (jp_root_dir / "a/to-secret.txt").symlink_to("../b/secret.txt")
    (jp_root_dir / "c/to-a").symlink_to("../a")

    for path in await tricks(jp_root_dir):
        for place in ("api/contents/", "files/", "view/", "nbconvert/html/"):
            answer = await server.ask(EDITOR, "GET", place + path)
            assert answer.code in (400, 403, 404), (place, path, answer.code)
            assert b"the secret" not in answer.body
        for place in ("api/contents/", f"neoai/v1/projects/{shared}/files/"):
            body = {"type": "file", "format": "text", "content": "overwritten"}
            answer = await server.ask(EDITOR, "PUT", place + path, body)
            inside = place.startswith("neoai") and answer.code == 201
            assert inside or answer.code >= 400, (place, path, answer.code)
        decoded = unquote(path)
        inside = Path(os.path.normpath(f"{jp_root_dir}/{decoded}")).parent == jp_root_dir / "a"
        for method, target, body in [
            ("POST", "api/contents/a", {"copy_from": decoded}),
            ("PATCH", "api/contents/a/mine.txt", {"path": decoded}),
            ("PATCH", f"api/contents/{path}", {"path": "a/stolen.txt"}),
        ]:
            answer = await server.ask(EDITOR, method, target, body)
            moves_within = inside and method == "PATCH"
            assert moves_within or answer.code >= 400, (method, path, answer.code)
        answer = await server.ask(EDITOR, "DELETE", f"api/contents/{path}")
        assert inside or answer.code >= 400, path
    assert secret.read_text() == "the secret"
    stolen = await server.ask(EDITOR, "GET", "api/contents/a/stolen.txt")
    assert b"the secret" not in stolen.body  # the link was moved, and still leads elsewhere


@pytest.mark.usefixtures("only_sqlite")
async def test_a_move_needs_rights_at_both_ends(server: Server, jp_root_dir: Path) -> None:
    here, there = await server.project("here"), await server.project("there")
    (jp_root_dir / "here/x.txt").write_text("x")
    await server.share(here, "editor", user=EDITOR)
    await server.share(there, "viewer", user=EDITOR)

    async def move(old: str, new: str) -> int:
        return (await server.ask(EDITOR, "PATCH", f"api/contents/{old}", {"path": new})).code

    assert await move("here/x.txt", "there/x.txt") == 403
    assert await move("here/x.txt", "x.txt") == 403
    assert await move("here/x.txt", "here/y.txt") == 200
    assert await move("here", "here2") == 403
    assert (await server.ask(EDITOR, "DELETE", "api/contents/here")).code == 403
    copied = {"copy_from": "here/y.txt"}
    assert (await server.ask(EDITOR, "POST", "api/contents/there", copied)).code == 403
    assert (await server.ask(EDITOR, "POST", "api/contents/here", copied)).code == 201
    await server.share(there, "editor", user=EDITOR)
    assert await move("here/y.txt", "there/y.txt") == 200
    assert (
        await server.ask(EDITOR, "POST", "api/contents/here", {"copy_from": "there"})
    ).code == 403


@pytest.mark.usefixtures("only_sqlite")
async def test_an_editor_does_not_write_chats(server: Server, jp_root_dir: Path) -> None:
    project = await server.project("a")
    (jp_root_dir / "a/talk.chat").write_text("{}")
    (jp_root_dir / "a/x.txt").write_text("{}")
    await server.share(project, "editor", user=EDITOR)
    body = {"type": "file", "format": "text", "content": "{}"}
    for path in ("a/talk.chat", "a/new.CHAT"):
        assert (await server.ask(EDITOR, "PUT", f"api/contents/{path}", body)).code == 403
    renamed = await server.ask(EDITOR, "PATCH", "api/contents/a/x.txt", {"path": "a/x.chat"})
    assert renamed.code == 403
    place = f"neoai/v1/projects/{project}"
    assert (await server.ask(EDITOR, "PUT", f"{place}/files/talk.chat", b"{}")).code == 403
    moved = await server.ask(EDITOR, "POST", f"{place}/move", {"from": "x.txt", "to": "x.chat"})
    assert moved.code == 403
    for new in ({"type": "file", "ext": ".chat"}, {"copy_from": "a/talk.chat"}):
        assert (await server.ask(EDITOR, "POST", "api/contents/a", new)).code == 403
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("evil.chat", "{}")
        zipped.writestr("notes.txt", "notes")
    (jp_root_dir / "a/all.zip").write_bytes(archive.getvalue())
    unpack = {"path": "all.zip", "to": "all"}
    assert (await server.ask(EDITOR, "POST", f"{place}/import", unpack)).code == 201
    assert [path.name for path in (jp_root_dir / "a/all").iterdir()] == ["notes.txt"]
    assert (await server.ask(EDITOR, "GET", "api/contents/a/talk.chat")).code == 200
    assert [path.name for path in jp_root_dir.rglob("*.chat")] == ["talk.chat"]


@pytest.mark.usefixtures("only_sqlite")
async def test_the_servers_metrics_are_its_owners(server: Server) -> None:
    project = await server.project("a")
    await server.share(project, "editor", user=EDITOR)
    for name, code in [(OWNER, 200), (EDITOR, 403), (STRANGER, 403), ("", 403)]:
        assert (await server.ask(name, "GET", "metrics")).code == code, name


@pytest.mark.usefixtures("only_sqlite")
async def test_the_ending_of_a_new_file_leads_to_no_other_project(
    server: Server, jp_root_dir: Path
) -> None:
    project = await server.project("a")
    await server.project("other")
    (jp_root_dir / "a/untitled").mkdir()
    (jp_root_dir / "a/Untitled Folder").mkdir()
    await server.share(project, "editor", user=EDITOR)
    for kind in ("file", "directory", "notebook", ""):
        new = {"type": kind, "ext": "/../../other/evil.txt"}
        assert (await server.ask(EDITOR, "POST", "api/contents/a", new)).code == 403, kind
    plain = await server.ask(EDITOR, "POST", "api/contents/a", {"type": "file", "ext": ".tar.gz"})
    assert plain.json["path"] == "a/untitled.tar.gz"
    assert list((jp_root_dir / "other").iterdir()) == []

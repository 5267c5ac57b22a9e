"""What is taken away ends at once; who is the owner; who is left as he was."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.auth import AllowAllAuthorizer, Authorizer
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider, User
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClientConnection

from neoai_server_ext.projects.sharing.authorizer import ProjectAuthorizer
from neoai_server_ext.projects.sharing.gate import REVOKED
from tests.fakes.identity import PeopleByToken

from .people import CO_OWNER, EDITOR, GROUP_EDITOR, OWNER, VIEWER, Server, config

CELL = {"type": "file", "format": "text"}


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    extensions = ["jupyter_server_ydoc", "jupyter_server_fileid", "jupyter_server_terminals"]
    data = {"db_url": f"sqlite:///{tmp_path / 'neoai.db'}", "data_dir": str(tmp_path / "data")}
    return {**config(**dict.fromkeys(extensions, True)), "NeoAIExtension": data}


@pytest.fixture
def server(jp_serverapp: Any, http_server: Any, http_server_port: Any) -> Server:
    return Server(jp_serverapp, http_server_port[-1])


async def room(server: Server, who: str, path: str) -> WebSocketClientConnection:
    """Join the room of a file, and be answered there."""
    session = (await server.ask(OWNER, "PUT", f"api/collaboration/session/{path}", CELL)).json
    address = f"text:file:{session['fileId']}?sessionId={session['sessionId']}"
    address = f"api/collaboration/room/{address}"
    connection = await server.connect(who, address)
    assert await connection.read_message() is not None
    return connection


async def closed(connection: WebSocketClientConnection) -> int | None:
    """The code with which the server closes a websocket; a test that waits in vain fails."""
    async with asyncio.timeout(30):
        while await connection.read_message() is not None:
            pass
    return connection.close_code


async def is_open(server: Server, connection: WebSocketClientConnection) -> bool:
    """Whether nothing has closed it by the time that another request has its answer."""
    await server.ask(OWNER, "GET", "api/status")
    return connection.close_code is None


async def test_a_room_closes_with_the_role_and_the_owners_stays_open(
    server: Server, jp_root_dir: Path
) -> None:
    project = await server.shared("a")
    (jp_root_dir / "a/x.txt").write_text("x")
    rooms = {who: await room(server, who, "a/x.txt") for who in (OWNER, EDITOR, GROUP_EDITOR)}

    assert (await server.share(project, "viewer", user=EDITOR)).code == 200
    assert await closed(rooms[EDITOR]) == REVOKED
    assert await is_open(server, rooms[GROUP_EDITOR])

    place = f"neoai/v1/projects/{project}/collaborators/group:team"
    assert (await server.ask(OWNER, "DELETE", place)).code == 204
    assert await closed(rooms[GROUP_EDITOR]) == REVOKED
    assert await is_open(server, rooms[OWNER])
    rooms[OWNER].close()


async def test_a_room_closes_when_its_file_or_its_project_goes_elsewhere(
    server: Server, jp_root_dir: Path
) -> None:
    project = await server.shared("a")
    await server.project("private")
    for name in ("x.txt", "y.txt"):
        (jp_root_dir / "a" / name).write_text("x")
    moved, left = [await room(server, EDITOR, f"a/{name}") for name in ("x.txt", "y.txt")]

    move = {"path": "private/x.txt"}
    assert (await server.ask(OWNER, "PATCH", "api/contents/a/x.txt", move)).code == 200
    assert await closed(moved) == REVOKED
    assert await is_open(server, left)
    assert (await server.ask(OWNER, "DELETE", f"neoai/v1/projects/{project}")).code == 204
    assert await closed(left) == REVOKED


async def test_kernels_and_terminals_close_when_their_user_is_no_owner_any_more(
    server: Server,
) -> None:
    project = await server.shared("a")
    terminal = (await server.ask(OWNER, "POST", "api/terminals")).json["name"]
    server.authorizer.owners = [OWNER, EDITOR]
    connection = await server.connect(EDITOR, f"terminals/websocket/{terminal}")
    connection.close()

    server.authorizer.owners = [OWNER]
    with pytest.raises(HTTPClientError) as refused:
        await server.connect(EDITOR, f"terminals/websocket/{terminal}")
    assert refused.value.code == 403
    assert (await server.share(project, "owner", user=EDITOR)).code == 200
    assert await server.socket(EDITOR, f"terminals/websocket/{terminal}") == 403


async def test_a_socket_is_refused_before_its_room_is_made(
    server: Server, jp_root_dir: Path
) -> None:
    await server.shared("a")
    (jp_root_dir / "a/x.txt").write_text("x")
    session = await server.ask(OWNER, "PUT", "api/collaboration/session/a/x.txt", CELL)
    name = f"text:file:{session.json['fileId']}"
    points = server.app.extension_manager.extension_points
    rooms = points["jupyter_server_ydoc"].app.ywebsocket_server

    for who in (VIEWER, ""):
        assert await server.socket(who, f"api/collaboration/room/{name}") == 403
        assert not rooms.room_exists(name)


async def test_another_sites_page_gets_into_no_room(server: Server, jp_root_dir: Path) -> None:
    await server.shared("a")
    (jp_root_dir / "a/x.txt").write_text("x")
    session = await server.ask(OWNER, "PUT", "api/collaboration/session/a/x.txt", CELL)
    address = f"api/collaboration/room/text:file:{session.json['fileId']}"
    for who in (OWNER, EDITOR):
        signed_in = await server.ask("", "GET", f"api/me?token=token-{who}")
        cookies = [each.split(";")[0] for each in signed_in.headers.get_list("Set-Cookie")]
        cookie = "; ".join(cookies)
        with pytest.raises(HTTPClientError) as refused:
            await server.connect("", address, Cookie=cookie, Origin="https://elsewhere.example")
        assert refused.value.code == 403
        ours = f"http://127.0.0.1:{server.port}"
        (await server.connect("", address, Cookie=cookie, Origin=ours)).close()


@pytest.mark.parametrize(("who", "trusted"), [(OWNER, True), (EDITOR, False)])
async def test_only_the_owners_word_makes_a_notebook_trusted(
    server: Server, who: str, trusted: bool
) -> None:
    await server.shared("a")
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>"}}
    cell = {
        "cell_type": "code",
        "id": "a",
        "source": "",
        "outputs": [output],
        "execution_count": 1,
        "metadata": {"trusted": True},
    }
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    body = {"type": "notebook", "format": "json", "content": content}
    assert (await server.ask(who, "PUT", "api/contents/a/n.ipynb", body)).code == 201
    read = (await server.ask(OWNER, "GET", "api/contents/a/n.ipynb")).json
    assert read["content"]["cells"][0]["metadata"]["trusted"] is trusted


async def test_an_editors_formatting_runs_nothing_of_a_trusted_projects_own(
    server: Server, jp_root_dir: Path
) -> None:
    project = await server.shared("a")
    place = f"neoai/v1/projects/{project}"
    assert (await server.ask(OWNER, "PATCH", place, {"trusted": True})).code == 200
    own = jp_root_dir / "a/node_modules/.bin/prettier"
    own.parent.mkdir(parents=True)
    own.write_text(f"#!/bin/sh\ntouch {jp_root_dir}/a/ran\ncat\n")
    own.chmod(0o755)
    body = {"path": "x.js", "content": "1\n"}
    await server.ask(EDITOR, "POST", f"{place}/format", body)
    assert not (jp_root_dir / "a/ran").exists()
    await server.ask(OWNER, "POST", f"{place}/format", body)
    assert (jp_root_dir / "a/ran").exists()


async def test_an_idempotency_key_is_each_persons_own(server: Server) -> None:
    project = await server.shared("a")
    place = f"neoai/v1/projects/{project}/share"
    for who, code in [(CO_OWNER, 201), (OWNER, 200)]:
        body = {"user": "new", "role": "viewer"}
        answer = await server.ask(who, "POST", place, body, **{"Idempotency-Key": "k"})
        assert (answer.code, "Idempotency-Replayed" in answer.headers) == (code, False)


def authorizer(provider: IdentityProvider, **traits: Any) -> ProjectAuthorizer:
    return ProjectAuthorizer(identity_provider=provider, **traits)


def hub_user(name: str, kind: str = "user", groups: tuple[str, ...] = ()) -> User:
    """As JupyterHub's identity provider makes them."""
    user: Any = User(username=name)
    user.hub_user = {"name": name, "kind": kind, "groups": list(groups), "admin": False}
    return user  # type: ignore[no-any-return]


def test_with_jupyters_own_sign_in_everybody_signed_in_is_the_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "olga")
    for provider in (IdentityProvider(token="t"), PasswordIdentityProvider(token="t")):
        found = authorizer(provider)
        assert not found.tells_people_apart
        assert found.is_owner(User(username="a-new-anonymous-user-with-each-request"))


def test_with_people_who_have_names_the_owner_is_the_one_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert not authorizer(PeopleByToken(token="t")).is_owner(User(username="olga"))
    monkeypatch.setenv("JUPYTERHUB_USER", "olga")
    found = authorizer(PeopleByToken(token="t"))
    assert found.is_owner(hub_user("olga"))
    assert not found.is_owner(hub_user("otto"))
    assert not found.is_owner(hub_user("olga", kind="service"))
    assert authorizer(PeopleByToken(token="t"), owners=["service:olga"]).is_owner(
        hub_user("olga", kind="service")
    )


def test_groups_come_from_the_hubs_model_or_from_where_an_admin_says() -> None:
    found = authorizer(PeopleByToken(token="t"))
    assert found.person(hub_user("ada", groups=("team", "staff"))).groups == {"team", "staff"}
    assert found.person(User(username="ada")).groups == frozenset()
    assert found.person(hub_user("s", kind="service", groups=("team",))).groups == frozenset()
    own = authorizer(PeopleByToken(token="t"), groups_of=lambda user: [f"of-{user.username}"])
    assert own.person(User(username="ada")).groups == {"of-ada"}


class OwnAuthorizer(Authorizer):
    """An administrator's."""


@pytest.mark.parametrize("chosen", [None, AllowAllAuthorizer, OwnAuthorizer])
def test_our_authorizer_is_the_default_and_whoever_configured_another_keeps_it(
    chosen: type[Authorizer] | None,
) -> None:
    from traitlets.config import Config

    from neoai_server_ext.extension import NeoAIExtension

    config = Config() if chosen is None else Config({"ServerApp": {"authorizer_class": chosen}})
    app: Any = SimpleNamespace(config=config, authorizer_class=chosen)
    NeoAIExtension()._use_our_authorizer(app)
    assert app.authorizer_class is (chosen or ProjectAuthorizer)

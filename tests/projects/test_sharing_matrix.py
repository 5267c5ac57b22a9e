"""Every resource, by every role, with every verb, against a running server.

The table says from which role on a request is allowed; everybody below it must get 403. Whoever is
allowed gets whatever the request then deserves, an error of its own included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPServerRequest
from tornado.web import Application

from neoai_server_ext.extension import NeoAIExtension
from neoai_server_ext.http import Route
from neoai_server_ext.projects.sharing.rules import rule_of

from .people import (
    CO_OWNER,
    EDITOR,
    ELSEWHERE,
    GROUP_EDITOR,
    NOBODY,
    OWNER,
    PEOPLE,
    STRANGER,
    VIEWER,
    Server,
    config,
)

EXTENSIONS = [
    "jupyter_server_ydoc",
    "jupyter_server_fileid",
    "jupyter_server_terminals",
    "jupyter_lsp",
    "jupyterlab",
    "nbdime",
]
# Who has at least which right; `member` is whoever has a role anywhere.
ALLOWED = {
    "account": {OWNER},
    "owner": {OWNER, CO_OWNER},
    "editor": {OWNER, CO_OWNER, EDITOR, GROUP_EDITOR},
    "viewer": {OWNER, CO_OWNER, EDITOR, GROUP_EDITOR, VIEWER},
    "member": {OWNER, CO_OWNER, EDITOR, GROUP_EDITOR, VIEWER, ELSEWHERE},
    "anyone": {OWNER, CO_OWNER, EDITOR, GROUP_EDITOR, VIEWER, ELSEWHERE, STRANGER},
}
UUID = "00000000-0000-4000-8000-000000000000"
TEXT = {"type": "file", "format": "text", "content": "x"}
THREE = {"base": "", "mine": "", "disk": ""}
CELL = {"type": "file", "format": "text"}

# right · method · address · body
TABLE: list[tuple[str, str, str, Any]] = [
    # contents
    ("viewer", "GET", "api/contents/a", None),
    ("viewer", "GET", "api/contents/a/x.txt", None),
    ("viewer", "GET", "api/contents/a/x.txt?content=0&hash=1", None),
    ("viewer", "GET", "api/contents/a/not-there.txt", None),
    ("editor", "PUT", "api/contents/a/x.txt", TEXT),
    ("editor", "PUT", "api/contents/a/new.txt", TEXT),
    ("editor", "POST", "api/contents/a", {"type": "file", "ext": ".txt"}),
    ("editor", "POST", "api/contents/a", {"copy_from": "a/x.txt"}),
    ("account", "POST", "api/contents/a", {"copy_from": "private/p.txt"}),
    ("account", "POST", "api/contents", {"copy_from": "a/x.txt"}),
    ("editor", "PATCH", "api/contents/a/new.txt", {"path": "a/newer.txt"}),
    ("account", "PATCH", "api/contents/a/x.txt", {"path": "private/x.txt"}),
    ("account", "PATCH", "api/contents/private/x.txt", {"path": "a/x.txt"}),
    ("editor", "DELETE", "api/contents/a/newer.txt", None),
    ("viewer", "GET", "api/contents/a/x.txt/checkpoints", None),
    ("editor", "POST", "api/contents/a/x.txt/checkpoints", None),
    ("editor", "POST", "api/contents/a/x.txt/checkpoints/checkpoint", None),
    ("editor", "DELETE", "api/contents/a/x.txt/checkpoints/checkpoint", None),
    ("account", "POST", "api/contents/a/n.ipynb/trust", None),
    ("member", "GET", "api/contents", None),
    ("account", "GET", "api/contents/private", None),
    ("account", "GET", "api/contents/private/p.txt", None),
    ("account", "PUT", "api/contents/private/p.txt", TEXT),
    ("account", "PUT", "api/contents/loose.txt", TEXT),
    ("account", "POST", "api/contents", {"type": "directory"}),
    ("account", "DELETE", "api/contents/private/p.txt", None),
    ("account", "GET", "api/contents/private/p.txt/checkpoints", None),
    # downloads, views, conversions
    ("viewer", "GET", "files/a/x.txt", None),
    ("viewer", "HEAD", "files/a/x.txt", None),
    ("account", "GET", "files/private/p.txt", None),
    ("account", "HEAD", "files/private/p.txt", None),
    ("viewer", "GET", "view/a/x.txt", None),
    ("account", "GET", "view/private/p.txt", None),
    ("viewer", "GET", "nbconvert/html/a/n.ipynb", None),
    ("viewer", "GET", "nbconvert/markdown/a/n.ipynb", None),
    ("account", "GET", "nbconvert/latex/a/n.ipynb", None),
    ("account", "GET", "nbconvert/script/a/n.ipynb", None),
    ("account", "GET", "nbconvert/html/private/n.ipynb", None),
    ("account", "POST", "nbconvert/html", {"type": "notebook", "content": {}}),
    ("member", "GET", "api/nbconvert", None),
    # collaboration
    ("editor", "PUT", "api/collaboration/session/a/x.txt", CELL),
    ("account", "PUT", "api/collaboration/session/private/p.txt", CELL),
    ("account", "PUT", "api/collaboration/session/a/talk.chat", CELL),
    ("account", "GET", "api/collaboration/timeline/a/x.txt?format=text&type=file", None),
    ("account", "PUT", f"api/collaboration/undo_redo/text:file:{UUID}", None),
    ("account", "GET", f"api/collaboration/fork/text:file:{UUID}", None),
    ("account", "PUT", f"api/collaboration/fork/text:file:{UUID}", {}),
    ("account", "DELETE", f"api/collaboration/fork/{UUID}", None),
    ("viewer", "GET", "api/fileid/id?path=a/x.txt", None),
    ("account", "GET", "api/fileid/id?path=private/p.txt", None),
    ("viewer", "GET", "api/fileid/path?id={file}", None),
    ("account", "GET", "api/fileid/path?id={private}", None),
    # what is the whole account
    ("account", "GET", "api/kernels", None),
    ("account", "POST", "api/kernels", {"name": "python3"}),
    ("account", "GET", f"api/kernels/{UUID}", None),
    ("account", "POST", f"api/kernels/{UUID}/interrupt", None),
    ("account", "POST", f"api/kernels/{UUID}/restart", None),
    ("account", "DELETE", f"api/kernels/{UUID}", None),
    ("account", "GET", "api/sessions", None),
    ("account", "POST", "api/sessions", {"path": "a/n.ipynb", "type": "notebook", "name": "n"}),
    ("account", "GET", f"api/sessions/{UUID}", None),
    ("account", "PATCH", f"api/sessions/{UUID}", {}),
    ("account", "DELETE", f"api/sessions/{UUID}", None),
    ("account", "GET", "api/terminals", None),
    ("account", "GET", "api/terminals/9", None),
    ("account", "DELETE", "api/terminals/9", None),
    ("account", "GET", "lsp/status", None),
    ("account", "POST", "api/events", {}),
    ("account", "GET", "api/resolvePath?path=a", None),
    # the server, JupyterLab and its settings
    ("member", "GET", "api/kernelspecs", None),
    ("member", "GET", "api/kernelspecs/python3", None),
    ("member", "GET", "kernelspecs/python3/none.png", None),
    ("member", "GET", "api/config/notebook", None),
    ("account", "PUT", "api/config/notebook", {}),
    ("account", "PATCH", "api/config/notebook", {}),
    ("member", "GET", "api/status", None),
    ("member", "GET", "api/spec.yaml", None),
    ("anyone", "GET", "api/me", None),
    ("member", "GET", "lab", None),
    ("member", "GET", "lab/tree/a", None),
    ("member", "GET", "lab/api/settings", None),
    ("account", "PUT", "lab/api/settings/@neoai/lab:editor", {"raw": "{}"}),
    ("account", "GET", "lab/api/workspaces", None),
    ("account", "GET", "lab/api/workspaces/default", None),
    ("account", "PUT", "lab/api/workspaces/default", {"data": {}, "metadata": {"id": "default"}}),
    ("account", "DELETE", "lab/api/workspaces/other", None),
    ("member", "GET", "lab/api/translations", None),
    ("member", "GET", "lab/api/translations/de", None),
    ("account", "POST", "lab/api/extensions", {"cmd": "none"}),
    ("account", "POST", "lab/api/plugins", {"cmd": "none"}),
    ("account", "DELETE", "lab/api/build", None),
    ("account", "POST", "nbdime/api/diff", {"base": "a/n.ipynb", "remote": "private/n.ipynb"}),
    ("account", "POST", "nbdime/api/isgit", {"path": "private"}),
    ("account", "GET", "nbdime/difftool", None),
    ("anyone", "GET", "no/such/page", None),
    # NeoAI's, where the general rule has an exception; the rest is in the test below
    ("member", "GET", "neoai/v1/projects", None),
    ("account", "POST", "neoai/v1/projects", {"path": "a"}),
    ("owner", "PATCH", "neoai/v1/projects/{a}", {"name": "a"}),
    ("account", "PATCH", "neoai/v1/projects/{a}", {"name": "a", "trusted": False}),
    ("owner", "PATCH", "neoai/v1/projects/{a}", {"settings": {"private": True}}),
    ("account", "PATCH", "neoai/v1/projects/{a}", {"settings": {"interpreter": "python3"}}),
    ("account", "PATCH", "neoai/v1/projects/{a}", {"settings": {"environment": {"A": "b"}}}),
    ("owner", "POST", "neoai/v1/projects/{a}/cancel", None),
    ("owner", "POST", "neoai/v1/projects/{a}/share", {"user": VIEWER, "role": "viewer"}),
    ("owner", "DELETE", "neoai/v1/projects/{a}/collaborators/nobody", None),
    ("viewer", "GET", "neoai/v1/projects/{a}/collaborators", None),
    ("viewer", "GET", "neoai/v1/projects/{a}/files", None),
    ("viewer", "GET", "neoai/v1/projects/{a}/files/x.txt", None),
    ("viewer", "HEAD", "neoai/v1/projects/{a}/files/x.txt", None),
    ("viewer", "GET", "neoai/v1/projects/{a}/head/x.txt", None),
    ("viewer", "GET", "neoai/v1/projects/{a}/exports", None),
    ("viewer", "GET", f"neoai/v1/projects/{{a}}/exports/{UUID}", None),
    ("viewer", "GET", f"neoai/v1/projects/{{a}}/exports/{UUID}/content", None),
    ("editor", "POST", "neoai/v1/projects/{a}/exports", {"path": "not-there"}),
    ("editor", "DELETE", f"neoai/v1/projects/{{a}}/exports/{UUID}", None),
    ("editor", "PUT", "neoai/v1/projects/{a}/files/x.txt", b"x"),
    ("editor", "DELETE", "neoai/v1/projects/{a}/files/not-there.txt", None),
    ("editor", "POST", "neoai/v1/projects/{a}/move", {"from": "not-there", "to": "there"}),
    ("viewer", "POST", "neoai/v1/ai/search", {"project_id": "{a}", "query": "x"}),
    ("viewer", "GET", "neoai/v1/ai/index/{a}", None),
    ("viewer", "GET", "neoai/v1/ai/index/{a}/events", None),
    ("editor", "POST", "neoai/v1/ai/index/{a}", None),
    ("editor", "PATCH", "neoai/v1/ai/index/{a}", {"paused": False}),
    ("editor", "POST", "neoai/v1/ai/index/{a}/rebuild", None),
    ("editor", "POST", "neoai/v1/ai/index/{a}/cancel", None),
    ("account", "POST", "neoai/v1/ai/search", {"project_id": "none", "query": "x"}),
    ("account", "POST", "neoai/v1/ai/search", {"query": "x"}),
    ("viewer", "GET", "neoai/v1/ai/symbols/{a}?query=x", None),
    ("editor", "POST", "neoai/v1/ai/fixes", {"project_id": "{a}", "before": "x"}),
    ("account", "POST", "neoai/v1/ai/fixes", {"project_id": "none", "before": "x"}),
    ("account", "POST", "neoai/v1/ai/fixes", {"before": "x"}),
    ("viewer", "POST", "neoai/v1/ai/fixes/search", {"project_id": "{a}", "error": {"name": "E"}}),
    ("account", "POST", "neoai/v1/ai/fixes/search", {"error": {"name": "E"}}),
    ("editor", "DELETE", "neoai/v1/ai/fixes/f?project_id={a}", None),
    ("account", "DELETE", "neoai/v1/ai/fixes/f", None),
    ("editor", "POST", "neoai/v1/ai/chat", {"project_id": "{a}", "messages": []}),
    ("account", "POST", "neoai/v1/ai/chat", {"messages": []}),
    ("account", "POST", "neoai/v1/ai/chat", {"project_id": "{a}", "context": {"kernel_id": "k"}}),
    ("account", "POST", "neoai/v1/ai/chats/answer", {"path": "a/talk.chat", "message_id": "m"}),
    ("account", "POST", "neoai/v1/ai/chats/answer", {"path": "private/t.chat"}),
    ("account", "POST", "neoai/v1/ai/chats/version", {"path": "a/talk.chat", "message_id": "m"}),
    ("account", "POST", "neoai/v1/ai/chats/view", {"path": "a/talk.chat", "context": {}}),
    (
        "account",
        "POST",
        "neoai/v1/ai/chats/view",
        {"path": "a/talk.chat", "context": {"kernel_id": "k"}},
    ),
    ("viewer", "GET", "neoai/v1/projects/{a}/conversations", None),
    ("viewer", "GET", "neoai/v1/projects/{a}/conversations/x.txt", None),
    ("editor", "POST", "neoai/v1/ai/completions", {"project_id": "{a}", "prefix": 1}),
    ("account", "POST", "neoai/v1/ai/completions", {"prefix": 1}),
    ("editor", "POST", "neoai/v1/ai/next-edits", {"project_id": "{a}", "path": "x.txt"}),
    ("account", "POST", "neoai/v1/ai/next-edits", {"path": "x.txt"}),
    ("editor", "POST", "neoai/v1/ai/code-generation", {"project_id": "{a}", "instruction": ""}),
    ("account", "POST", "neoai/v1/ai/code-generation", {"instruction": ""}),
    (
        "account",
        "POST",
        "neoai/v1/ai/code-generation",
        {"project_id": "{a}", "instruction": "", "kernel_id": "k"},
    ),
    ("editor", "POST", "neoai/v1/ai/merge", {"project_id": "{a}", "code": "x"}),
    ("account", "POST", "neoai/v1/ai/merge", {"code": "x"}),
    ("account", "GET", "neoai/v1/ai/kernels/k/variables", None),
    ("account", "POST", "neoai/v1/ai/embeddings", {"input": []}),
    ("account", "GET", "neoai/v1/ai/usage", None),
    ("account", "GET", "neoai/v1/session", None),
    ("account", "POST", "neoai/v1/session/activity", {}),
    ("account", "POST", "neoai/v1/session/saves/x", {"page": "p", "done": True}),
    ("account", "GET", "neoai/v1/ai/limits", None),
    ("account", "PUT", "neoai/v1/ai/limits", {"soft_usd": None, "hard_usd": None}),
    ("account", "POST", "neoai/v1/analytics/events", {"events": []}),
    ("owner", "GET", "neoai/v1/analytics/usage/{a}", None),
    ("editor", "POST", "neoai/v1/collaboration/resolve", {"path": "a/x.txt", "choice": "mine"}),
    ("account", "POST", "neoai/v1/collaboration/resolve", {"path": "private/p.txt"}),
    ("editor", "POST", "neoai/v1/collaboration/merge", {"path": "a/x.txt", **THREE}),
    ("account", "POST", "neoai/v1/collaboration/merge", {"path": "private/p.txt", **THREE}),
    ("member", "POST", "neoai/v1/notebooks/compare", {"base": {}, "remote": {}}),
    ("member", "GET", "neoai/v1/ai/models", None),
    ("member", "GET", "neoai/v1/ai/prompts", None),
    ("viewer", "GET", "neoai/v1/ai/prompts?project_id={a}", None),
    ("account", "GET", "neoai/v1/ai/prompts?project_id=none", None),
    ("account", "GET", "neoai/v1/ai/providers", None),
    ("account", "GET", "neoai/v1/ai/providers/found", None),
    ("account", "PUT", "neoai/v1/ai/providers/p", {"kind": "none"}),
    ("account", "PUT", "neoai/v1/ai/providers/p/key", {"key": ""}),
    ("account", "DELETE", "neoai/v1/ai/providers/p/key", None),
    ("account", "DELETE", "neoai/v1/ai/providers/p", None),
    ("account", "POST", "neoai/v1/ai/providers/p/test", {}),
    ("account", "GET", "neoai/v1/language-servers/text?path=/etc/hostname", None),
    ("anyone", "GET", "neoai/v1/no-such-route", None),
    ("owner", "DELETE", "neoai/v1/projects/{gone}", None),
]
SOCKETS = [
    ("editor", "api/collaboration/room/text:file:{file}"),
    ("account", "api/collaboration/room/text:file:{private}"),
    ("account", "api/collaboration/room/JupyterLab:globalAwareness"),
    ("account", f"api/collaboration/room/{UUID}"),
    ("account", "api/kernels/{kernel}/channels"),
    ("account", "terminals/websocket/{terminal}"),
    ("account", "api/events/subscribe"),
    ("account", "lsp/ws/none-such"),
    ("account", "neoai/v1/language-servers/none-such/socket?path=a/x.py"),
]


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    """One database is enough here: `test_sharing.py` has both."""
    data = {"db_url": f"sqlite:///{tmp_path / 'neoai.db'}", "data_dir": str(tmp_path / "data")}
    extensions = dict.fromkeys(EXTENSIONS, True)
    return {**config(**extensions), "NeoAIExtension": data}


@pytest.fixture
def server(jp_serverapp: Any, http_server: Any, http_server_port: Any) -> Server:
    return Server(jp_serverapp, http_server_port[-1])


async def prepared(server: Server, jp_root_dir: Path) -> dict[str, str]:
    """What the addresses of the table leave open."""
    notebook = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    for folder in ("a", "gone", "private", "elsewhere"):
        (jp_root_dir / folder).mkdir()
        (jp_root_dir / folder / "n.ipynb").write_text(notebook)
    (jp_root_dir / "a/x.txt").write_text("x")
    (jp_root_dir / "a/talk.chat").write_text("{}")
    (jp_root_dir / "private/p.txt").write_text("p")
    found = {"a": await server.shared("a"), "gone": await server.shared("gone")}
    await server.project("private")
    elsewhere = await server.project("elsewhere")
    assert (await server.share(elsewhere, "owner", user=ELSEWHERE)).code == 201
    for name, path in [("file", "a/x.txt"), ("private", "private/p.txt")]:
        session = await server.ask(OWNER, "PUT", f"api/collaboration/session/{path}", CELL)
        found[name] = session.json["fileId"]
    found["terminal"] = (await server.ask(OWNER, "POST", "api/terminals")).json["name"]
    return found


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], value)
    return value


def wrong(right: str, who: str, code: int) -> bool:
    """Whether an answer is none for somebody of this right."""
    if who == NOBODY:
        return code not in ((302, 401, 403, 404) if right == "anyone" else (302, 401, 403))
    return (code == 403) == (who in ALLOWED[right]) or code == 401


async def test_the_table_holds(server: Server, jp_root_dir: Path) -> None:
    names = await prepared(server, jp_root_dir)
    kernel = await server.ask(OWNER, "POST", "api/kernels", {"name": "python3"})
    names["kernel"] = kernel.json["id"]
    found = []
    for right, method, address, body in TABLE:
        for who in reversed(PEOPLE):  # the owner last: he may change what the others ask about
            answer = await server.ask(who, method, filled(address, names), filled(body, names))
            if wrong(right, who, answer.code):
                found.append((who or "nobody", method, address, answer.code, right))
    for right, address in SOCKETS:
        for who in reversed(PEOPLE):
            code = await server.socket(who, filled(address, names))
            if wrong(right, who, code):
                found.append((who or "nobody", "WEBSOCKET", address, code, right))
    await server.ask(OWNER, "DELETE", f"api/kernels/{names['kernel']}")
    assert not found


def operations(routes: list[Route]) -> Iterator[tuple[str, Route]]:
    for route in routes:
        for method in ("get", "head", "post", "put", "patch", "delete"):
            if hasattr(getattr(route.handler, method, None), "operation"):
                yield method.upper(), route


def test_every_route_of_ours_has_a_rule() -> None:
    """Whoever adds a route outside `/projects/{project_id}/` says in `rules.OURS` who may use it:
    `Account()` for whatever runs programs or spends the owner's money."""
    without = [
        f"{method} {route.template}"
        for method, route in operations(NeoAIExtension().routes)
        if rule_of(method, route) is None
    ]
    assert without == []


async def test_no_route_of_ours_is_open_to_others(server: Server, jp_root_dir: Path) -> None:
    """Also those that come after this test was written: nobody passes without the role."""
    names = await prepared(server, jp_root_dir)
    found = []
    for method, route in operations(NeoAIExtension().routes):
        rule = rule_of(method, route)
        if not isinstance(rule, str):
            continue
        address = re.sub(r"\{project_id\}", names["a"], route.template)
        address = "neoai/v1" + re.sub(r"\{\w+\}", "not-there", address)
        for who in {*PEOPLE} - ALLOWED[rule]:
            answer = await server.ask(who, method, address, {} if method != "PUT" else b"x")
            if answer.code != 403:
                found.append((who, method, route.template, answer.code, rule))
    assert not found


async def test_every_handler_of_the_server_stands_behind_the_gate(server: Server) -> None:
    application: Application = server.app.web_app
    request: Any = HTTPServerRequest("GET", "/")
    open_ = []
    for rule in application.wildcard_router.rules:
        target = rule.target
        if isinstance(target, type) and issubclass(target, JupyterHandler):
            delegate: Any = application.get_handler_delegate(request, target, {})
            if not hasattr(delegate.handler_class, "neoai_gate"):
                open_.append(target)
    assert open_ == []


async def test_nobody_but_the_owner_is_told_the_servers_token(
    server: Server, jp_root_dir: Path
) -> None:
    await prepared(server, jp_root_dir)
    token = server.app.identity_provider.token
    assert token
    for path in ("lab", "lab/tree/a", "no/such/page", "files/private/p.txt", "view/a/x.txt"):
        for who in (VIEWER, CO_OWNER, STRANGER):
            answer = await server.ask(who, "GET", path, Accept="text/html")
            assert token.encode() not in answer.body, (path, who)

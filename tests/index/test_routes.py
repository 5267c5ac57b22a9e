"""The index over HTTP: its state, its events, pausing, making anew, and what the server writes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError


@pytest.fixture
def ask(jp_fetch: Any) -> Any:
    """A request's JSON."""

    async def asked(method: str, *path: str, body: object = None) -> Any:
        sent = None if method in ("GET", "DELETE") else json.dumps(body or {})
        reply = await jp_fetch("neoai", "v1", *path, method=method, body=sent)
        return json.loads(reply.body) if reply.body else None

    return asked


@pytest.fixture
def kitchen(ask: Any, jp_root_dir: Path) -> Any:
    """The id of a project."""
    folder = jp_root_dir / "kitchen"
    folder.mkdir()
    (folder / "water.py").write_text("def boil_water(pot):\n    pot.heat(100)\n")

    async def made() -> str:
        return str((await ask("POST", "projects", body={"path": "kitchen"}))["id"])

    return made


async def found(ask: Any, project: str, query: str) -> list[str]:
    body = {"project_id": project, "query": query}
    return [item["path"] for item in (await ask("POST", "ai", "search", body=body))["items"]]


async def test_an_index_is_paused_resumed_and_made_anew(ask: Any, kitchen: Any) -> None:
    project = await kitchen()
    state = await ask("GET", "ai", "index", project)
    assert (state["state"], state["watching"], state["index_bytes"]) == ("absent", "none", 0)
    assert await found(ask, project, "boil") == ["water.py"]
    state = await ask("PATCH", "ai", "index", project, body={"paused": True})
    assert (state["paused"], state["state"], state["files"]) == (True, "ready", 1)
    assert state["index_bytes"] > 4096
    assert await found(ask, project, "boil") == ["water.py"]
    state = await ask("PATCH", "ai", "index", project, body={"paused": False})
    assert state["paused"] is False
    assert (await ask("POST", "ai", "index", project, "rebuild"))["state"] == "building"
    assert await found(ask, project, "boil") == ["water.py"]
    state = await ask("GET", "ai", "index", project)
    assert (state["state"], state["watching"], state["detail"]) == ("ready", "watch", None)


async def test_the_events_of_an_index_end_with_how_it_went(
    ask: Any, kitchen: Any, jp_root_dir: Path, jp_fetch: Any
) -> None:
    project = await kitchen()
    for number in range(300):
        (jp_root_dir / "kitchen" / f"m{number}.py").write_text(f"def walk{number}(): ...\n")
    await ask("POST", "ai", "index", project)
    stream = (await jp_fetch("neoai", "v1", "ai", "index", project, "events")).body.decode()
    assert 'event: progress\ndata: {"done":200,"total":301}' in stream
    last = stream.strip().split("\n\n")[-1]
    assert "event: ready" in last
    assert '"files":301' in last


async def test_a_cancelled_index_says_so_and_goes_on_with_the_next_search(
    ask: Any, kitchen: Any, jp_fetch: Any
) -> None:
    project = await kitchen()
    await ask("POST", "ai", "index", project)
    await ask("POST", "ai", "index", project, "cancel")
    assert await found(ask, project, "boil") == ["water.py"]


async def test_what_is_put_over_the_api_is_found_at_once(
    ask: Any, kitchen: Any, jp_fetch: Any, jp_serverapp: Any
) -> None:
    project = await kitchen()
    index = jp_serverapp.web_app.settings["neoai"].index
    index.watch, index.fresh_s = False, 1e9  # no news, and no search looks
    assert await found(ask, project, "wine") == []
    await jp_fetch(
        "neoai", "v1", "projects", project, "files", "cellar.py", method="PUT", body="wine = 1"
    )
    async with asyncio.timeout(20):
        while await found(ask, project, "wine") != ["cellar.py"]:
            await asyncio.sleep(0.02)
    body = {"from": "cellar.py", "to": "attic.py"}
    await jp_fetch("neoai", "v1", "projects", project, "move", method="POST", body=json.dumps(body))
    async with asyncio.timeout(20):
        while await found(ask, project, "wine") != ["attic.py"]:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("body", [{}, {"paused": "maybe"}, {"paused": True, "more": 1}])
async def test_a_strange_change_is_refused(ask: Any, kitchen: Any, body: object) -> None:
    with pytest.raises(HTTPClientError) as raised:
        await ask("PATCH", "ai", "index", await kitchen(), body=body)
    assert raised.value.code == 422
